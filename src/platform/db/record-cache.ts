import type { Clock } from '../../lib/clock.ts'
import { Fault } from '../../lib/fault.ts'
import { createLru } from '../../lib/lru.ts'
import { type Database, isUnavailable } from './client.ts'
import { EVERY, type Changes, type Topic } from './changes.ts'
import type { Notifications } from './notify.ts'

export interface CachePolicy {
  /** How long a record is trusted while announcements of changes cannot arrive. */
  maxStaleMs: number
  /** How much longer a record is used while the database is down. */
  graceMs: number
}

/** A record is loaded again after this, even if announcements arrive. */
const MAX_AGE_MS = 60_000
/** The absence of a record is checked again after this. */
const ABSENT_MAX_AGE_MS = 5_000
const DEFAULT_SIZE = 50_000
/**
 * How many absent keys are kept. They are kept apart, because strangers can ask for any number of them and must not
 * evict a record.
 */
const ABSENT_SIZE = 10_000

/** The dependencies that all caches of records have. */
export interface CacheDeps {
  database: Database
  changes: Pick<Changes, 'subscribe'>
  notifications: Pick<Notifications, 'gapFreeSince' | 'aliveAt'>
  clock: Clock
  cachePolicy: CachePolicy
}

export interface RecordCacheOptions<T> {
  /** The topic under which changes to these records are announced. */
  topic: Topic
  /** Reads the record from the database. Undefined: there is none. */
  load(key: string): Promise<T | undefined>
  /** How many records are kept. Default: 50,000. */
  size?: number
}

export interface RecordCache<T> {
  /**
   * Returns the record: synchronously if it is known and may be trusted, otherwise after loading it. Undefined: there
   * is none.
   *
   * @throws (rejects with) Fault `unavailable` if the database is down and the known record is missing or too old.
   */
  get(key: string): T | undefined | Promise<T | undefined>
  stats(): { hits: number; misses: number; size: number }
}

interface Entry<T> {
  value: T | undefined
  loadedAt: number
}

/**
 * Keeps records by key. Many callers that ask for the same record at once share one load.
 *
 * A key has one of four states: unknown (not kept), loading (in `flights`), present (in `entries`) or absent (in
 * `absent`). `get` moves it to loading if it is unknown, or if what is kept is not trusted any more. `load` moves it
 * to present or absent when the query returns, unless a change of the key was announced in the meantime: the result
 * may then be the old row, so the callers get it but it is not kept. An announcement moves its key to unknown; the
 * announcement {@link EVERY} moves all keys. What is kept is trusted for a minute (absence for five seconds) as long
 * as announcements have arrived without a gap since it was loaded, otherwise for `maxStaleMs`. If a load fails because
 * the database is down, the record that is kept serves until `graceMs` after the database was last seen alive.
 *
 * @example
 * const tokens = createRecordCache(deps, { topic: 'token', load: (digest) => readToken(deps.database.pool, digest) })
 * const token = await tokens.get(digest)
 */
export function createRecordCache<T>(
  deps: Omit<CacheDeps, 'database'>,
  options: RecordCacheOptions<T>
): RecordCache<T> {
  const { clock, changes, notifications, cachePolicy } = deps
  const entries = createLru<Entry<T>>(options.size ?? DEFAULT_SIZE)
  const absent = createLru<Entry<T>>(ABSENT_SIZE)
  const flights = new Map<string, Promise<T | undefined>>()
  let hits = 0
  let misses = 0

  changes.subscribe(options.topic, (key) => {
    // A load in progress may have read the old row, so it is forgotten as well and its result is not kept.
    if (key === EVERY) {
      entries.clear()
      absent.clear()
      flights.clear()
    } else {
      entries.delete(key)
      absent.delete(key)
      flights.delete(key)
    }
  })

  function trusted(entry: Entry<T>, now: number): boolean {
    const age = now - entry.loadedAt
    const since = notifications.gapFreeSince()
    const maxAge = entry.value === undefined ? ABSENT_MAX_AGE_MS : MAX_AGE_MS
    return age <= (since !== undefined && entry.loadedAt >= since ? maxAge : Math.min(cachePolicy.maxStaleMs, maxAge))
  }

  function keep(key: string, entry: Entry<T>): void {
    const [there, gone] = entry.value === undefined ? [absent, entries] : [entries, absent]
    gone.delete(key)
    there.set(key, entry)
  }

  function load(key: string, known: Entry<T> | undefined): Promise<T | undefined> {
    let flight: Promise<T | undefined> | undefined
    const run = async (): Promise<T | undefined> => {
      const startedAt = clock.now()
      try {
        const value = await options.load(key)
        if (flights.get(key) === flight) keep(key, { value, loadedAt: startedAt })
        return value
      } catch (error) {
        if (!isUnavailable(error)) throw error
        const aliveAt = Math.max(known?.loadedAt ?? 0, notifications.aliveAt())
        if (known?.value !== undefined && clock.now() - aliveAt <= cachePolicy.graceMs) return known.value
        throw new Fault('unavailable', { why: 'database_unavailable', cause: error })
      } finally {
        if (flights.get(key) === flight) flights.delete(key)
      }
    }
    flight = run()
    flights.set(key, flight)
    return flight
  }

  return {
    get(key) {
      const entry = entries.get(key) ?? absent.get(key)
      if (entry && trusted(entry, clock.now())) {
        hits++
        return entry.value
      }
      misses++
      return flights.get(key) ?? load(key, entry)
    },
    stats: () => ({ hits, misses, size: entries.size + absent.size })
  }
}
