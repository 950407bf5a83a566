import { readStored, useStored, writeStored } from '../lib/stored.ts'

export type Theme = 'system' | 'light' | 'dark'

export function useTheme(): Theme {
  const stored = useStored('theme')
  return stored === 'light' || stored === 'dark' ? stored : 'system'
}

export function setTheme(theme: Theme): void {
  writeStored('theme', theme === 'system' ? undefined : theme)
  applyTheme()
}

/** Also for a choice that another tab made. The first paint is `theme.js`'s. */
export function applyTheme(): void {
  const stored = readStored('theme')
  if (stored === 'light' || stored === 'dark') document.documentElement.dataset['scheme'] = stored
  else delete document.documentElement.dataset['scheme']
}
