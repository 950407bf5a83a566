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

/** Applies the stored theme, also when another tab changes it. `theme.js` applies it before the first paint. */
export function applyTheme(): void {
  const stored = readStored('theme')
  if (stored === 'light' || stored === 'dark') document.documentElement.dataset['scheme'] = stored
  else delete document.documentElement.dataset['scheme']
}
