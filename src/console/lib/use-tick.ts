import { useSyncExternalStore } from 'react'

let seconds = 0
const listeners = new Set<() => void>()
let timer: ReturnType<typeof setInterval> | undefined

/** Renders the component again every so many seconds, for relative times. The page has one timer for all. */
export function useTick(everySeconds: number): void {
  useSyncExternalStore(subscribe, () => seconds - (seconds % everySeconds))
}

function subscribe(listener: () => void): () => void {
  listeners.add(listener)
  timer ??= setInterval(() => {
    seconds += 1
    for (const each of listeners) each()
  }, 1_000)
  return () => {
    listeners.delete(listener)
    if (listeners.size > 0) return
    clearInterval(timer)
    timer = undefined
  }
}
