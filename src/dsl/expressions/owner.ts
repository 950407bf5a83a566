/**
 * For whom a job runs. Jobs of one key take turns with those of other keys, and the number of them that may wait is
 * limited.
 */
export interface JobOwner {
  /** A workspace, or the account of an author. */
  readonly key: string
  /** Simulations have threads of their own: they never delay runs. */
  readonly simulation?: boolean
}

/** What the caller of the pool states for a job. */
export interface JobContext {
  readonly owner: JobOwner
  /** Cancels the job. */
  readonly signal?: AbortSignal | undefined
}

/** The owner of jobs where all jobs belong to one owner. */
export const NOBODY: JobOwner = Object.freeze({ key: '' })
