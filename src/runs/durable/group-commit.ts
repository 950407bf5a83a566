import { setTimeout as sleep } from 'node:timers/promises'
import { isUnavailable } from '../../platform/db/client.ts'
import { DATABASE_RETRY_MS } from './settings.ts'

/** How many writes of one kind run at the same time: the second batch fills while the first waits for the disk. */
const LANES = 2
const RETRY_MIN_MS = 50
const RETRY_MAX_MS = 1_000
/** Two batches locked the same rows in different orders (PostgreSQL, appendix A: deadlock_detected). */
const DEADLOCK = '40P01'

export interface GroupCommitOptions<T, R> {
  /** Writes all items in one statement or transaction, and returns one result each, in order. */
  write(batch: readonly T[]): Promise<readonly R[]>
  batchMax: number
  /**
   * How long a write is retried while the database is unavailable. The write must be safe to repeat: a lost answer may
   * hide a commit.
   */
  retryForMs?: number
}

/**
 * Coalesces writes without a timer: items that arrive while a write is running go into the next one, and a single item
 * is written at once. An item that the database rejects fails alone.
 * @example
 * const save = createGroupCommit({ batchMax: 100, write: insertRows })
 * await save(row) // resolves with this row's result
 */
export function createGroupCommit<T, R>({
  write,
  batchMax,
  retryForMs = 0
}: GroupCommitOptions<T, R>): (item: T) => Promise<R> {
  interface Waiting {
    item: T
    resolve(result: R): void
    reject(error: unknown): void
  }
  let waiting: Waiting[] = []
  let busy = 0

  function pump(): void {
    if (waiting.length === 0 || busy >= LANES) return
    const batch = waiting.slice(0, batchMax)
    waiting = waiting.slice(batchMax)
    busy++
    void commit(batch).finally(() => {
      busy--
      pump()
    })
  }

  async function commit(batch: readonly Waiting[]): Promise<void> {
    try {
      const results = await retryWhileUnavailable(() => write(batch.map(({ item }) => item)), retryForMs)
      for (const [index, { resolve }] of batch.entries()) resolve(results[index] as R)
    } catch (error) {
      if (batch.length > 1 && !isUnavailable(error)) for (const one of batch) await commit([one])
      else for (const { reject } of batch) reject(error)
    }
  }

  return (item) =>
    new Promise<R>((resolve, reject) => {
      waiting.push({ item, resolve, reject })
      // Deferred to the end of this turn of the event loop: items of one turn share a write.
      if (waiting.length === 1) setImmediate(pump)
    })
}

/**
 * Retries while the database is unavailable or reports a deadlock, for up to `retryForMs`. Any other error is thrown at
 * once.
 */
export async function retryWhileUnavailable<T>(attempt: () => Promise<T>, retryForMs = DATABASE_RETRY_MS): Promise<T> {
  const end = performance.now() + retryForMs
  for (let waitMs = RETRY_MIN_MS; ; waitMs = Math.min(waitMs * 2, RETRY_MAX_MS)) {
    try {
      return await attempt()
    } catch (error) {
      const again = isUnavailable(error) || (error as { code?: unknown }).code === DEADLOCK
      if (!again || performance.now() + waitMs > end) throw error
      await sleep(waitMs, undefined, { ref: false })
    }
  }
}
