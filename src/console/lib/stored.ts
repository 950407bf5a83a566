import { useSyncExternalStore } from 'react'

// Choices that the browser keeps between visits, never data. Private windows may refuse storage; then a choice lasts as
// long as the page.
const values = new Map<string, string>()
const listeners = new Set<() => void>()

export type StoredName =
  'theme' | 'workspace' | 'keys' | 'times' | `view.${string}` | `draft.${string}` | `mocks.${string}`

export function readStored(name: StoredName): string | undefined {
  try {
    return localStorage.getItem(`sluice.${name}`) ?? undefined
  } catch {
    return values.get(name)
  }
}

export function writeStored(name: StoredName, value: string | undefined): void {
  try {
    if (value === undefined) localStorage.removeItem(`sluice.${name}`)
    else localStorage.setItem(`sluice.${name}`, value)
  } catch {
    if (value === undefined) values.delete(name)
    else values.set(name, value)
  }
  for (const listener of listeners) listener()
}

/** A stored choice. The component renders again when it changes. */
export function useStored(name: StoredName): string | undefined {
  return useSyncExternalStore(subscribe, () => readStored(name))
}

function subscribe(listener: () => void): () => void {
  listeners.add(listener)
  window.addEventListener('storage', listener)
  return () => {
    listeners.delete(listener)
    window.removeEventListener('storage', listener)
  }
}
