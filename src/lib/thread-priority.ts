import { readdirSync, readFileSync, readlinkSync } from 'node:fs'
import { getPriority, setPriority } from 'node:os'

/**
 * Added to what the process was started with. Five steps down, a thread gets a third of what another gets where both want the same core, and all of it
 * where nobody else does.
 */
export const BACKGROUND_NICENESS = 5
/** The least that Linux knows. */
const LEAST_PRIORITY = 19
const OWN_TASKS = '/proc/self/task'
/** What the thread that reads it is called there: `<process>/task/<thread>`. */
const THIS_THREAD = '/proc/thread-self'
/** How Linux shows the threads of libuv's pool, which begin with the first work that it is given. */
const POOL_THREAD = 'libuv-worker'

/** Lets the thread that answers calls go before this one. A thread has a priority of its own on Linux alone: elsewhere nothing changes. */
export function lowerThreadPriority(): void {
  if (process.platform === 'linux') lowerPriority([Number(readlinkSync(THIS_THREAD).split('/').at(-1))])
}

/**
 * Lets the thread that answers calls go before those of libuv's pool, which hash passwords: on a machine whose cores are all at work, hashes would else take
 * them for most of the time. Look-ups of names and files are done by the same threads, and are short.
 */
export function lowerPoolPriority(): void {
  if (process.platform !== 'linux') return
  lowerPriority(
    readdirSync(OWN_TASKS)
      .filter((id) => readFileSync(`${OWN_TASKS}/${id}/comm`, 'utf8').trim() === POOL_THREAD)
      .map(Number)
  )
}

function lowerPriority(threads: readonly number[]): void {
  try {
    const priority = Math.min(LEAST_PRIORITY, getPriority(process.pid) + BACKGROUND_NICENESS)
    for (const thread of threads) setPriority(thread, priority)
  } catch {
    // A sandbox may forbid it. All threads are equal then, which is slower under load and no more.
  }
}
