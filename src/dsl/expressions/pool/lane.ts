/** Milliseconds above which a job is slow. */
const SLOW_MS = 250

/**
 * A group of threads with a queue of its own: for programs whose last job was quick; for programs that are new or whose
 * last job was slow; for checks of what authors write; and for simulations.
 */
export type Lane = 'quick' | 'slow' | 'checks' | 'simulations'

/**
 * What the pool knows of a program. Only one thread at a time runs its jobs, one after the other, so that a program
 * that has become slow occupies one thread at most.
 *
 * A program starts in `slow`, because anybody can make a new one for each job. `ended` moves it by the run time of the
 * finished job: to `quick` at or below `SLOW_MS`, back to `slow` above it. Checks stay in `checks`.
 */
export class ProgramLane {
  /** The lane of the program's next job. */
  lane: 'quick' | 'slow' | 'checks'
  /** The batch that has jobs of the program; undefined where none has. */
  holder: object | undefined

  constructor(lane: 'quick' | 'slow' | 'checks' = 'slow') {
    this.lane = lane
  }

  /** @param ranMs how long a job ran; undefined where it never began */
  ended(ranMs: number | undefined): void {
    if (ranMs !== undefined && this.lane !== 'checks') this.lane = ranMs > SLOW_MS ? 'slow' : 'quick'
  }
}
