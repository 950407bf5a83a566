import { readlinkSync } from 'node:fs'
import { setPriority } from 'node:os'

/** As Linux counts it: 0 is what everything has, 19 the least. At 5 a thread gets a third of what one at 0 gets where both want the same core, and all of it where nobody else does. */
export const BACKGROUND_NICENESS = 5
/** What the thread that reads it is called there: `<process>/task/<thread>`. */
const THIS_THREAD = '/proc/thread-self'

/** Lets the thread that answers calls go before this one. A thread has a priority of its own on Linux alone: elsewhere nothing changes. */
export function giveWay(): void {
  if (process.platform !== 'linux') return
  setPriority(Number(readlinkSync(THIS_THREAD).split('/').at(-1)), BACKGROUND_NICENESS)
}
