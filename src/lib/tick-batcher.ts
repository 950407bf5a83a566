/** While calls come one by one, only one in this many waits, to see whether there is something to batch again. */
const LOOK_EVERY = 16

/**
 * Batches calls that arrive in one tick of the event loop: all waiting calls resume together at the end of the tick and
 * take each next step side by side. The code of a step is then in the processor's cache for all of them, and their
 * answers are written together. If a call waited alone, there is nothing to batch, so the next few calls do not wait.
 * @returns a function that returns a promise of the end of the tick, or undefined if the call goes on at once
 * @example
 * const ticked = nextTick()
 * if (ticked) await ticked
 */
export function createTickBatcher(): () => Promise<void> | undefined {
  let waiting: Promise<void> | undefined
  let count = 0
  /** How many further calls go on at once. */
  let free = 0

  return () => {
    if (waiting) count++
    else if (free > 0) {
      free--
      return undefined
    } else {
      count = 1
      waiting = new Promise((resolve) => {
        setImmediate(() => {
          waiting = undefined
          free = count === 1 ? LOOK_EVERY - 1 : 0
          resolve()
        })
      })
    }
    return waiting
  }
}
