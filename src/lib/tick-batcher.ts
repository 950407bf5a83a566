/**
 * Batches calls that arrive in one tick of the event loop: all waiting calls resume together at the end of the tick and
 * take each next step side by side. The code of a step is then in the processor's cache for all of them, and their
 * answers leave together. A single call waits a few microseconds.
 */
export function createTickBatcher(): () => Promise<void> {
  let waiting: Promise<void> | undefined
  return () =>
    (waiting ??= new Promise((resolve) => {
      setImmediate(() => {
        waiting = undefined
        resolve()
      })
    }))
}
