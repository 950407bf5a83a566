import pLimit, { type LimitFunction } from 'p-limit'
import { Fault } from '../lib/fault.ts'

/** How much of one account's work on documents one process does at once, and how much of it may wait. */
export const AUTHOR_LIMITS = Object.freeze({
  simulations: { running: 2, waiting: 20 },
  validations: { running: 4, waiting: 100 }
})

const RETRY_AFTER_SECONDS = 2

/** The places for one kind of work. */
export interface Places {
  /**
   * Runs `work` when the account has a place for it.
   * @throws Fault `rate_limited`, if too much of the account's work waits
   */
  run<T>(account: string, work: () => Promise<T>): Promise<T>
}

/** The places of each account. */
export type AuthorPlaces = Readonly<Record<keyof typeof AUTHOR_LIMITS, Places>>

export function createAuthorPlaces(): AuthorPlaces {
  return { simulations: createPlaces('simulations'), validations: createPlaces('validations') }
}

function createPlaces(kind: keyof typeof AUTHOR_LIMITS): Places {
  const { running, waiting } = AUTHOR_LIMITS[kind]
  const accounts = new Map<string, LimitFunction>()
  return {
    async run(account, work) {
      const limit = accounts.get(account) ?? pLimit(running)
      if (limit.activeCount + limit.pendingCount >= running + waiting)
        throw new Fault('rate_limited', {
          why: `too_many_${kind}`,
          detail: `At most ${running} ${kind} of an account run at once, and ${waiting} wait.`,
          headers: { 'Retry-After': String(RETRY_AFTER_SECONDS) }
        })
      accounts.set(account, limit)
      try {
        return await limit(work)
      } finally {
        if (limit.activeCount + limit.pendingCount === 0) accounts.delete(account)
      }
    }
  }
}
