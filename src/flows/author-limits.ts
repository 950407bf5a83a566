import { setTimeout as pause } from 'node:timers/promises'
import pLimit, { type LimitFunction } from 'p-limit'
import { Fault } from '../lib/fault.ts'
import { createLru } from '../lib/lru.ts'

/**
 * How much of one account's work on documents one process does at once (`running`), how much may wait, and how much may
 * start: `burst` at once, then `perSecond`. Reading and checking a document takes up to 20 ms of the thread that
 * answers calls, even if the document is refused. At this pace one account takes at most a tenth of that thread.
 */
export const AUTHOR_LIMITS = Object.freeze({
  simulations: { running: 2, waiting: 20, perSecond: 5, burst: 10 },
  validations: { running: 4, waiting: 100, perSecond: 20, burst: 60 }
})
/**
 * A refusal is held back for `heldMs`, for up to `held` requests of an account, to slow down callers that repeat at
 * once.
 */
export const REFUSALS = Object.freeze({ heldMs: 1_000, held: 30 })

const RETRY_AFTER_SECONDS = 2
/** The most accounts whose pace is remembered. */
const PACED_ACCOUNTS = 10_000

/** The limits of one kind of work. */
export interface WorkQueue {
  /**
   * Runs `work` when the limits of the account allow it.
   * @throws Fault `rate_limited`, if too much of the account's work waits
   */
  run<T>(account: string, work: () => Promise<T>): Promise<T>
}

/** The limits of each account, by kind of work. */
export type AuthorQueues = Readonly<Record<keyof typeof AUTHOR_LIMITS, WorkQueue>>

/** The clock by which work is paced, in milliseconds. */
export interface PaceClock {
  now(): number
  pause(ms: number): Promise<unknown>
}

const PROCESS_CLOCK: PaceClock = { now: () => performance.now(), pause }

export function createAuthorQueues(clock: PaceClock = PROCESS_CLOCK): AuthorQueues {
  return { simulations: createWorkQueue('simulations', clock), validations: createWorkQueue('validations', clock) }
}

function createWorkQueue(kind: keyof typeof AUTHOR_LIMITS, clock: PaceClock): WorkQueue {
  const { running, waiting } = AUTHOR_LIMITS[kind]
  const accounts = new Map<string, LimitFunction>()
  const held = new Map<string, number>()
  const delayOf = createPace(kind, clock)

  async function refuse(account: string): Promise<never> {
    const others = held.get(account) ?? 0
    if (others < REFUSALS.held) {
      held.set(account, others + 1)
      await clock.pause(REFUSALS.heldMs)
      const left = (held.get(account) ?? 1) - 1
      if (left > 0) held.set(account, left)
      else held.delete(account)
    }
    throw new Fault('rate_limited', {
      why: `too_many_${kind}`,
      detail: `An account can have at most ${running} ${kind} running and ${waiting} waiting.`,
      headers: { 'Retry-After': String(RETRY_AFTER_SECONDS) }
    })
  }

  return {
    async run(account, work) {
      const limit = accounts.get(account) ?? pLimit(running)
      if (limit.activeCount + limit.pendingCount >= running + waiting) return refuse(account)
      accounts.set(account, limit)
      try {
        return await limit(async () => {
          const delayMs = delayOf(account)
          if (delayMs > 0) await clock.pause(delayMs)
          return work()
        })
      } finally {
        if (limit.activeCount + limit.pendingCount === 0) accounts.delete(account)
      }
    }
  }
}

/**
 * How long the next piece of an account's work has to wait, so that it keeps to its pace. This is the generic cell rate
 * algorithm: for each account it keeps the time at which its work would be done if each piece took its share of a
 * second.
 */
function createPace(kind: keyof typeof AUTHOR_LIMITS, { now }: PaceClock): (account: string) => number {
  const { perSecond, burst } = AUTHOR_LIMITS[kind]
  const shareMs = 1000 / perSecond
  const doneAt = createLru<number>(PACED_ACCOUNTS)
  return (account) => {
    const at = now()
    const done = Math.max(at, doneAt.get(account) ?? at) + shareMs
    doneAt.set(account, done)
    return Math.max(0, done - at - burst * shareMs)
  }
}
