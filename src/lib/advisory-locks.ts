/**
 * Every advisory lock that the product takes in its database, in one list so that no two are the same number. A number
 * never changes: while a new version rolls out, old processes still hold locks under it.
 *
 * @see https://www.postgresql.org/docs/current/explicit-locking.html#ADVISORY-LOCKS
 */
export const ADVISORY_LOCKS = {
  /** Held while the first account, an admin, is created. */
  firstAccount: 7_301_001,
  /** Held while a signing key is created or rotated. */
  signingKey: 7_301_002,
  /** Held while migrations are applied. */
  migrations: 7_354_217_001
} as const

/** The first halves of locks with two numbers, which never collide with locks of one number. */
export const ADVISORY_LOCK_CLASSES = {
  /** Held by the process that runs a periodic job; the second half is a hash of the name of the job. */
  periodicJobs: 7_301_003,
  /** Held by a process as long as it lives; the second half is its row in `worker`. */
  worker: 7_354_217,
  /** Held while lines are added to a chain of the audit log, by its trigger; the second half is the chain. */
  auditChain: 7_354_218,
  /** Held while a listener claims its path; the second half is a hash of the workspace. */
  callPaths: 7_354_219
} as const
