import type { Clock } from './clock.ts'
import { createLru } from './lru.ts'

/** The most owners that are remembered. The least recently used ones are dropped and read again. */
const OWNERS_MAX = 10_000

export interface HeldAmountsOptions<T> {
  clock: Clock
  /** How long an amount that was read is used. */
  maxAgeMs: number
  /** Reads how much an owner holds in the database. */
  read(owner: string): Promise<T>
}

/**
 * How much owners hold in the database, for limits that are checked without a count at every call. An amount is at most
 * {@link HeldAmountsOptions.maxAgeMs} old and includes what this process has added since, so a limit is exceeded by at
 * most what the other processes add in that time.
 */
export interface HeldAmounts<T> {
  of(owner: string): Promise<Readonly<T>>
  /** Adds to a remembered amount; does nothing for an owner that is not remembered. */
  add(owner: string, more: Partial<T>): void
}

interface Entry<T> {
  readAt: number
  reading: Promise<T>
  amounts?: T
}

/** Creates the amounts, each of which is read at its first use. A failed read is not remembered. */
export function createHeldAmounts<T extends Record<string, number>>(options: HeldAmountsOptions<T>): HeldAmounts<T> {
  const entries = createLru<Entry<T>>(OWNERS_MAX)

  function begin(owner: string, now: number): Entry<T> {
    const entry: Entry<T> = { readAt: now, reading: options.read(owner) }
    entries.set(owner, entry)
    entry.reading.then(
      (amounts) => {
        entry.amounts = amounts
      },
      () => {
        if (entries.get(owner) === entry) entries.delete(owner)
      }
    )
    return entry
  }

  return {
    of(owner) {
      const now = options.clock.now()
      const known = entries.get(owner)
      const entry = known && now - known.readAt <= options.maxAgeMs ? known : begin(owner, now)
      return entry.reading
    },

    add(owner, more) {
      const amounts = entries.get(owner)?.amounts
      if (!amounts) return
      for (const name of Object.keys(more) as (keyof T)[])
        amounts[name] = ((amounts[name] ?? 0) + (more[name] ?? 0)) as T[keyof T]
    }
  }
}
