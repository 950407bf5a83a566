import argon2 from 'argon2'
import { Fault } from '../lib/fault.ts'
import { createFairQueue } from '../lib/fair-queue.ts'
import { lowerPoolPriority } from '../lib/thread-priority.ts'
import type { Secret } from '../lib/secret.ts'
import { opaqueString } from './opaque-string.ts'
import { queueFullHeaders } from '../platform/rate-limits/headers.ts'

/** OWASP's argon2id parameters: 19 MiB, 2 passes, 1 lane. */
const ARGON2 = { type: argon2.argon2id, memoryCost: 19_456, timeCost: 2, parallelism: 1 } as const
/** More at once would stall the thread pool, which the file system and DNS share. */
const AT_ONCE_MAX = 2
const RETRY_AFTER_MS = 1_000

/**
 * How many password operations may wait. `trusted` holds confirmations by a signed-in account, and sign-ins from
 * addresses that the account has signed in from before. `open` holds everybody else, sign-ups included, so that
 * strangers cannot take the places of known people.
 */
export const PASSWORD_QUEUE = Object.freeze({
  lanes: { trusted: 64, open: 32 },
  /** The limit of one account, and of one address. */
  perKey: 8
})

/** Where in the queue an operation waits. */
export interface PasswordTurn {
  lane: keyof typeof PASSWORD_QUEUE.lanes
  /** The account and the address that it counts toward. The queue serves the first keys in turn. */
  keys: readonly [string, ...string[]]
}

export interface Argon {
  hash(password: Secret): Promise<string>
  /**
   * Whether the password matches the hash. Without a hash it returns false after the same work, so that response times
   * do not reveal whether an account exists.
   */
  verify(hash: string | undefined, password: Secret): Promise<boolean>
  /** Whether the hash of a right password has older parameters, or was made from the password before normalization. */
  isOutdated(hash: string, password: Secret): Promise<boolean>
}

/** argon2id behind a bounded queue that accounts and addresses share fairly. */
export interface PasswordHasher {
  /**
   * Runs `work` when it is its turn. Counters that have to be updated before a hash belong into `work`, so that
   * operations that wait or are refused by the queue are not counted.
   * @throws Fault `rate_limited` if no place in the queue is left
   */
  inTurn<T>(turn: PasswordTurn, work: (argon: Argon) => Promise<T>): Promise<T>
  /** How many operations wait in the queue. */
  queued(): number
}

/** @param cores number of CPU cores; if there is more than one, one core is left free to answer calls */
export async function createPasswordHasher({ cores }: { cores: number }): Promise<PasswordHasher> {
  const queue = createFairQueue({
    atOnce: Math.max(1, Math.min(AT_ONCE_MAX, cores - 1)),
    ...PASSWORD_QUEUE,
    refuse: (limit) =>
      new Fault('rate_limited', {
        why: 'password_queue_full',
        detail: 'Too many passwords are being checked: try again in a moment.',
        headers: queueFullHeaders('passwords', limit, RETRY_AFTER_MS)
      })
  })
  const decoy = await argon2.hash('the password of nobody', ARGON2)
  lowerPoolPriority()

  const argon: Argon = {
    hash: (password) => argon2.hash(opaqueString(password.reveal()), ARGON2),

    async verify(hash, password) {
      const raw = password.reveal()
      const text = opaqueString(raw)
      // Older hashes were made from passwords that were not normalized. The work depends on the password alone.
      const matches =
        (await argon2.verify(hash ?? decoy, text)) || (text !== raw && (await argon2.verify(hash ?? decoy, raw)))
      return matches && hash !== undefined
    },

    async isOutdated(hash, password) {
      const raw = password.reveal()
      const text = opaqueString(raw)
      return (
        !hash.startsWith('$argon2id$') ||
        argon2.needsRehash(hash, ARGON2) ||
        (text !== raw && !(await argon2.verify(hash, text)))
      )
    }
  }

  return {
    inTurn: ({ lane, keys }, work) => queue.run(lane, keys, () => work(argon)),
    queued: () => queue.waiting()
  }
}
