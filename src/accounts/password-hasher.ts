import argon2 from 'argon2'
import pLimit from 'p-limit'
import { Fault } from '../lib/fault.ts'
import { lowerPoolPriority } from '../lib/thread-priority.ts'
import type { Secret } from '../lib/secret.ts'
import { queueFullHeaders } from '../platform/rate-limits/headers.ts'

/** OWASP's argon2id parameters: 19 MiB, 2 passes, 1 lane. */
const ARGON2 = { type: argon2.argon2id, memoryCost: 19_456, timeCost: 2, parallelism: 1 } as const
/** More at once would stall the thread pool, which the file system and DNS share. */
const AT_ONCE_MAX = 2
export const PASSWORD_QUEUE_LIMIT = 32
const RETRY_AFTER_MS = 1_000

/** argon2id behind a bounded queue. Both operations throw Fault `rate_limited` if the queue is full. */
export interface PasswordHasher {
  hash(password: Secret): Promise<string>
  /**
   * Whether the password matches the hash. Without a hash it returns false after the same work, so that response times
   * do not reveal whether an account exists.
   */
  verify(hash: string | undefined, password: Secret): Promise<boolean>
  /** How many operations wait in the queue. */
  queued(): number
}

/** @param cores number of CPU cores; if there is more than one, one core is left free to answer calls */
export async function createPasswordHasher({ cores }: { cores: number }): Promise<PasswordHasher> {
  const limit = pLimit(Math.max(1, Math.min(AT_ONCE_MAX, cores - 1)))
  const decoy = await argon2.hash('the password of nobody', ARGON2)
  lowerPoolPriority()

  function queue<T>(work: () => Promise<T>): Promise<T> {
    if (limit.pendingCount >= PASSWORD_QUEUE_LIMIT) {
      throw new Fault('rate_limited', {
        why: 'password_queue_full',
        headers: queueFullHeaders('passwords', PASSWORD_QUEUE_LIMIT, RETRY_AFTER_MS)
      })
    }
    return limit(work)
  }

  return {
    hash: async (password) => queue(() => argon2.hash(password.reveal(), ARGON2)),

    async verify(hash, password) {
      const matches = await queue(() => argon2.verify(hash ?? decoy, password.reveal()))
      return matches && hash !== undefined
    },

    queued: () => limit.pendingCount
  }
}
