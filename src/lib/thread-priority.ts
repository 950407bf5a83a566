import { readdirSync, readFileSync, readlinkSync } from 'node:fs'
import { getPriority, setPriority } from 'node:os'

/**
 * Added to the niceness of the process. With five more, a thread gets a third of the time of another thread on a core
 * that both want, and the whole core if no other thread wants it.
 */
export const BACKGROUND_NICENESS = 5
/**
 * The same for simulations, which anybody with an account may start. They get a third of the time of a background
 * thread, and a tenth of the time of the thread that answers calls.
 */
export const SIMULATION_NICENESS = 10
/** The lowest priority of Linux. */
const LEAST_PRIORITY = 19
const OWN_TASKS = '/proc/self/task'
/** A link to `<process>/task/<thread>` for the thread that reads it. */
const THIS_THREAD = '/proc/thread-self'
/** The name that Linux shows for the threads of libuv's pool, which starts them with its first work. */
const POOL_THREAD = 'libuv-worker'

/**
 * Lowers the priority of the calling thread below the thread that answers calls. Only Linux has priorities per thread:
 * on other systems this does nothing.
 * @param niceness added to that of the process
 */
export function lowerThreadPriority(niceness: number): void {
  if (process.platform === 'linux') lowerPriority([Number(readlinkSync(THIS_THREAD).split('/').at(-1))], niceness)
}

/**
 * Lowers the priority of libuv's pool, which hashes passwords, below the thread that answers calls: otherwise hashes
 * would take most of the time on a machine whose cores are all busy. Name look-ups and file access run on the same
 * threads, but are short.
 */
export function lowerPoolPriority(): void {
  if (process.platform !== 'linux') return
  lowerPriority(
    readdirSync(OWN_TASKS)
      .filter((id) => readFileSync(`${OWN_TASKS}/${id}/comm`, 'utf8').trim() === POOL_THREAD)
      .map(Number),
    BACKGROUND_NICENESS
  )
}

function lowerPriority(threads: readonly number[], niceness: number): void {
  try {
    const priority = Math.min(LEAST_PRIORITY, getPriority(process.pid) + niceness)
    for (const thread of threads) setPriority(thread, priority)
  } catch {
    // A sandbox may forbid it. All threads then have one priority, which only costs latency under load.
  }
}
