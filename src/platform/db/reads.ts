import { Fault } from '../../lib/fault.ts'
import type { Logger } from '../log/log.ts'
import type { Database } from './client.ts'
import { isCanceled } from './errors.ts'

/** How often a replica that did not answer is tried again, apart from the calls. */
export const PROBE_EVERY_MS = 5_000

/**
 * Runs work that only reads and may see slightly old data: on the replica if there is one, else on the main database.
 */
export type Reads = <T>(work: (database: Database) => Promise<T>) => Promise<T>

export interface ReadsOptions {
  main: Database
  /** Undefined: the main database is read. */
  replica: Database | undefined
  log: Pick<Logger, 'warn' | 'info'>
  /** Milliseconds of any clock that does not go back. */
  now?(): number
}

/**
 * @returns reads that use the main database while the replica fails for any reason: it is down, it cancelled a
 *   statement to apply changes of the main database, or it does not have the newest tables yet
 */
export function createReads({ main, replica, log, now = () => performance.now() }: ReadsOptions): Reads {
  if (!replica) return (work) => work(main)
  let isThere = true
  let probedAt = -Infinity

  function probe(replica: Database): void {
    if (now() - probedAt < PROBE_EVERY_MS) return
    probedAt = now()
    replica.pool.query('select 1').then(
      () => {
        isThere = true
        log.info({}, 'DATABASE_READ_URL answers again: lists are read there')
      },
      () => {}
    )
  }

  return async (work) => {
    if (!isThere) {
      probe(replica)
      return work(main)
    }
    try {
      return await work(replica)
    } catch (error) {
      // Work that took too long must not be repeated on the main database.
      if (error instanceof Fault || isCanceled(error)) throw error
      if (isThere) log.warn({ err: error }, 'DATABASE_READ_URL does not answer: lists are read from the main database')
      isThere = false
      probedAt = now()
      return work(main)
    }
  }
}
