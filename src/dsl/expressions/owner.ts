/**
 * For whom a job runs. Jobs of one key take turns with those of other keys, and only so many of them may wait.
 */
export interface JobOwner {
  /** A workspace, or the account of an author. */
  readonly key: string
  /** Simulations have threads of their own: they never delay runs. */
  readonly simulation?: boolean
}

/** What a caller of the pool says of a job. */
export interface JobContext {
  readonly owner: JobOwner
  /** Cancels the job. */
  readonly signal?: AbortSignal | undefined
}

/** The owner of jobs that nobody else shares the threads with. */
export const NOBODY: JobOwner = Object.freeze({ key: '' })
