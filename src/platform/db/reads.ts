import { Fault } from '../../lib/fault.ts'
import type { Logger } from '../log/log.ts'
import type { Database } from './client.ts'
import { isCanceled } from './errors.ts'

/** A database that gave no answer is asked again this often, beside the calls. */
export const PROBE_EVERY_MS = 5_000

/**
 * Does work that only reads, and may see the database as it was a moment ago: on a replica where there is one, and on
 * the main database otherwise.
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
 * @returns reads that go to the main database while the replica has no answer, whatever the reason: it is away, it
 * ended a statement to go on with what the main one sent, or it does not have the newest tables yet
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
      // What took too long is not to be done once more by the main database.
      if (error instanceof Fault || isCanceled(error)) throw error
      if (isThere) log.warn({ err: error }, 'DATABASE_READ_URL has no answer: lists are read from the main database')
      isThere = false
      probedAt = now()
      return work(main)
    }
  }
}
