import { readdirSync, readFileSync } from 'node:fs'
import { getPriority, setPriority } from 'node:os'

/** Added to what the process was started with. Five steps down, a thread gets a third of what another gets where both want the same core, and all of it where nobody else does. */
export const HASHING_NICENESS = 5
/** The least that Linux knows. */
const LEAST_PRIORITY = 19
/** How Linux shows the threads of libuv's pool, which begin with the first work that it is given. */
const POOL_THREAD = 'libuv-worker'
const OWN_TASKS = '/proc/self/task'

/**
 * Lets the thread that answers calls go before those that hash passwords: on a machine whose cores are all at work, hashes would else take them for most of the time.
 * Look-ups of names and files are done by the same threads, and are short. A thread has a priority of its own on Linux alone: elsewhere nothing changes.
 * @returns how many threads give way from now on
 */
export function yieldToCalls(): number {
  if (process.platform !== 'linux') return 0
  const threads = readdirSync(OWN_TASKS).filter((id) => readFileSync(`${OWN_TASKS}/${id}/comm`, 'utf8').trim() === POOL_THREAD)
  const priority = Math.min(LEAST_PRIORITY, getPriority(process.pid) + HASHING_NICENESS)
  for (const id of threads) setPriority(Number(id), priority)
  return threads.length
}
