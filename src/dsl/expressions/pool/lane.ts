/** A job that runs longer, in milliseconds, is slow. */
const SLOW_MS = 250

/** Threads with a queue of their own: for programs whose last job was quick, for those whose last was slow, and for what is only checked. */
export type Lane = 'quick' | 'slow' | 'checks'

/** The jobs of one program: how its last one did, and whose turn it is. They run one after the other, so that a program that has turned slow is known to be before its next job takes a thread. */
export class ProgramLane {
  /** Where its next job runs. */
  lane: Lane
  /** Jobs that have not ended. */
  unfinished = 0
  #last: Promise<void> = Promise.resolve()

  constructor(lane: Lane = 'quick') {
    this.lane = lane
  }

  /** Queues a job: `ready` resolves when those before it have ended. `done` has to be called whatever comes of it. */
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
