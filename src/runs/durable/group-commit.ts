import { setTimeout as sleep } from 'node:timers/promises'
import { isUnavailable } from '../../platform/db/client.ts'
import { DATABASE_RETRY_MS } from './settings.ts'

/** How many commits of one kind are under way at once: a second one fills while the first waits for the disk. */
const LANES = 2
const RETRY_MIN_MS = 50
const RETRY_MAX_MS = 1_000
/** Two batches that lock the same rows in another order (PostgreSQL, appendix A: deadlock_detected). */
const DEADLOCK = '40P01'

export interface GroupCommitOptions<T, R> {
  /** One statement or transaction for all of them: one result each, in order. */
  write(batch: readonly T[]): Promise<readonly R[]>
  batchMax: number
  /** For how long a write that finds no database is tried again. The statement must be safe to repeat: a lost answer may hide a commit. */
  retryForMs?: number
}

/**
 * Coalesces writes without a timer: what arrives while a write is under way goes into the next one. Alone, a write goes at once.
 * An item that the database refuses fails by itself.
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
    void settle(batch).finally(() => {
      busy--
      pump()
    })
  }

  async function settle(batch: readonly Waiting[]): Promise<void> {
    try {
      const results = await retryWhileUnavailable(() => write(batch.map(({ item }) => item)), retryForMs)
      for (const [index, { resolve }] of batch.entries()) resolve(results[index] as R)
    } catch (error) {
      if (batch.length > 1 && !isUnavailable(error)) for (const one of batch) await settle([one])
      else for (const { reject } of batch) reject(error)
    }
  }

  return (item) =>
    new Promise<R>((resolve, reject) => {
      waiting.push({ item, resolve, reject })
      // After this turn of the event loop: items of the same turn share a write.
      if (waiting.length === 1) setImmediate(pump)
    })
}

/** Tries again while the database is away or two writers met head-on, for as long as `retryForMs`. */
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
