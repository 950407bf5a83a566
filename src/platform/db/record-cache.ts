import { LRUCache } from 'lru-cache'
import type { Clock } from '../../lib/clock.ts'
import { Fault } from '../../lib/fault.ts'
import { isUnavailable } from './client.ts'
import { EVERY, type Changes, type Topic } from './changes.ts'
import type { Notifications } from './notify.ts'

export interface CachePolicy {
  /** How long a record is trusted while news of changes cannot arrive. */
  maxStaleMs: number
  /** How much longer a record is used while the database is down. */
  graceMs: number
}

/** Even with news arriving, a record is asked for again after this. */
const MAX_AGE_MS = 60_000
/** An absent record is asked for again after this. */
const ABSENT_MAX_AGE_MS = 5_000
const DEFAULT_SIZE = 50_000
/** Of what is not there. Apart from the records: strangers can ask for what there is not without end, and must push out nobody's record. */
const ABSENT_SIZE = 10_000

export interface RecordCacheOptions<T> {
  topic: Topic
  load(key: string): Promise<T | undefined>
  clock: Clock
  changes: Changes
  notifications: Pick<Notifications, 'gapFreeSince' | 'aliveAt'>
  policy: CachePolicy
  size?: number
}

export interface RecordCache<T> {
  /** The record, at once where it is known and may be trusted. @throws (rejects with) Fault `unavailable` where the database is down and the record is not known well enough. */
  get(key: string): T | undefined | Promise<T | undefined>
  stats(): { hits: number; misses: number; size: number }
}

interface Entry<T> {
  value: T | undefined
  loadedAt: number
}

/** Records by key, loaded once for many callers, dropped when announced as changed, and never trusted past what the policy says. */
export function createRecordCache<T>(options: RecordCacheOptions<T>): RecordCache<T> {
  const { clock, notifications, policy } = options
  const entries = new LRUCache<string, Entry<T>>({ max: options.size ?? DEFAULT_SIZE })
  const absent = new LRUCache<string, Entry<T>>({ max: ABSENT_SIZE })
  const flights = new Map<string, Promise<T | undefined>>()
  let hits = 0
  let misses = 0

  options.changes.subscribe(options.topic, (key) => {
    // A load that is under way may have read the old row: it is forgotten too, so that its result is not kept.
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
    return age <= (since !== undefined && entry.loadedAt >= since ? maxAge : Math.min(policy.maxStaleMs, maxAge))
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
        if (known?.value !== undefined && clock.now() - aliveAt <= policy.graceMs) return known.value
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
