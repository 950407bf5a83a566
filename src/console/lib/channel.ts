import { useSyncExternalStore } from 'react'

/** A value outside React to which components subscribe. */
export interface Channel<T> {
  read(): T
  set(next: T): void
  use(): T
}

export function createChannel<T>(first: T): Channel<T> {
  let value = first
  const listeners = new Set<() => void>()
  const subscribe = (listener: () => void): (() => void) => {
    listeners.add(listener)
    return () => listeners.delete(listener)
  }
  const read = (): T => value
  return {
    read,
    set(next) {
      value = next
      for (const listener of listeners) listener()
    },
    use: () => useSyncExternalStore(subscribe, read)
  }
}
