/** Milliseconds above which a job is slow. */
const SLOW_MS = 250

/**
 * Threads with a queue of their own: for programs whose last job was quick, for those whose last job was slow or that
 * are new, for what authors have checked, and for simulations.
 */
export type Lane = 'quick' | 'slow' | 'checks' | 'simulations'

/**
 * What the pool knows of a program. One thread at a time runs its jobs, one after the other, so that a program that has
 * turned slow takes one thread and no more.
 *
 * A program starts in `slow`: anybody can make a new one for each job. `ended` moves it, by the time that the finished
 * job ran: to `quick` at or below `SLOW_MS`, back to `slow` above it. Checks stay in `checks`.
 */
export class ProgramLane {
  /** The lane of the program's next job. */
  lane: 'quick' | 'slow' | 'checks'
  /** What runs jobs of the program. */
  holder: object | undefined

  constructor(lane: 'quick' | 'slow' | 'checks' = 'slow') {
    this.lane = lane
  }

  /** @param ranMs how long a job ran; undefined where it never began */
  ended(ranMs: number | undefined): void {
    if (ranMs !== undefined && this.lane !== 'checks') this.lane = ranMs > SLOW_MS ? 'slow' : 'quick'
  }
}
