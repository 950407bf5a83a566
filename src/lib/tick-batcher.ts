/**
 * Lets calls that were read together go on together: all who wait are woken at the end of the event loop's turn, and then take each step side by side.
 * A step's code is so read into the processor once for many calls, and their answers leave in one go. A call that came alone waits a few microseconds.
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
