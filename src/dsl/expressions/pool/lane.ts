/** Milliseconds above which a job is slow. */
const SLOW_MS = 250

/**
 * Threads with a queue of their own: for programs whose last job was quick, for those whose last job was slow or that
 * are new, for what authors have checked, and for simulations.
 */
export type Lane = 'quick' | 'slow' | 'checks' | 'simulations'

/**
 * The jobs of one program, one after the other, so that the pool knows that a program has turned slow before its next
 * job takes a thread.
 *
 * A program starts in `slow`: anybody can make a new one for each job. `done` moves it, by the time that the finished
 * job ran: to `quick` at or below `SLOW_MS`, back to `slow` above it. Checks stay in `checks`.
 */
export class ProgramLane {
  /** The lane of the program's next job. */
  lane: 'quick' | 'slow' | 'checks'
  /** Jobs that have not ended. */
  unfinished = 0
  #last: Promise<void> = Promise.resolve()

  constructor(lane: 'quick' | 'slow' | 'checks' = 'slow') {
    this.lane = lane
  }

  /**
   * Queues a job. `ready` resolves when the program's earlier jobs have ended. Call `done` in every case, with the
   * milliseconds that the job ran, or undefined where it never started.
   */
  join(): { ready: Promise<void>; done(ranMs: number | undefined): void } {
    const ready = this.#last
    const own = Promise.withResolvers<void>()
    this.#last = ready.then(() => own.promise)
    this.unfinished++
    return {
      ready,
      done: (ranMs) => {
        if (ranMs !== undefined && this.lane !== 'checks') this.lane = ranMs > SLOW_MS ? 'slow' : 'quick'
        this.unfinished--
        own.resolve()
      }
    }
  }
}
