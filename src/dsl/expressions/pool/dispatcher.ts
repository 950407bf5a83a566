import { ExpressionError } from '../expression.ts'
import type { ExpressionLimits } from '../limits.ts'
import type { Outcome, Outcomes } from './job.ts'
import type { Lane } from './lane.ts'
import { Progress } from './progress.ts'
import type { Threads } from './threads.ts'
import { type Entry, laneOf, Turns } from './turns.ts'
import type { PoolClock } from './watch.ts'

/**
 * If a thread is busy with one job for so many milliseconds, the jobs behind it are taken back: another thread may be
 * free for them.
 */
const TAKE_BACK_MS = 50

/** The jobs that a thread was given. */
interface Batch {
  readonly lane: Lane
  readonly entries: readonly Entry[]
  readonly thread: AbortController
}

export interface Dispatcher {
  /**
   * Resolves with the outcome of a job.
   * @throws ExpressionError `busy` where too many jobs wait; whatever ended the thread of the job
   */
  run(entry: Entry): Promise<Outcome>
  /** Ends a job. If a thread runs it, the thread ends too. */
  cancel(entry: Entry, reason: Error): void
  /** How many jobs wait for their turn. */
  waiting(): number
  /** Ends all jobs. */
  close(reason: Error): Promise<void>
}

/**
 * Gives jobs to the threads of their lanes.
 *
 * A job waits, is with a thread, or is over. A job that is with a thread waits again if the thread ends because of
 * another job, is busy with another one for too long, or stops before it. In the quick lane a thread gets several jobs
 * at once, so that it need not wait for the main thread between two jobs. The main thread learns the outcomes at the
 * end of a batch, so a job may run twice: jobs have no effect but their outcome.
 */
export function createDispatcher(
  lanes: Readonly<Record<Lane, Threads>>,
  { limits, clock }: { limits: Pick<ExpressionLimits, 'queueLength' | 'queuePerOwner'>; clock: PoolClock }
): Dispatcher {
  const names = Object.keys(lanes) as Lane[]
  const turns = Object.fromEntries(names.map((name) => [name, new Turns()])) as Record<Lane, Turns>
  const busy = Object.fromEntries(names.map((name) => [name, 0])) as Record<Lane, number>
  let closed: Error | undefined

  function dispatch(): void {
    for (const name of names)
      while (busy[name] < lanes[name].most) {
        const entries = turns[name].next(name !== 'quick')
        if (entries.length === 0) break
        void send({ lane: name, entries, thread: new AbortController() })
      }
  }

  async function send(batch: Batch): Promise<void> {
    const { lane, entries, thread } = batch
    busy[lane]++
    for (const [index, entry] of entries.entries()) {
      entry.holder = entry.program.holder = batch
      entry.watch.turn(entry.progress, lanes[lane].cpuOf, index === 0)
    }
    const stopTakingBack = lanes[lane].most > 1 && entries.length > 1 ? takeBackLate(batch) : undefined
    try {
      settle(
        batch,
        await lanes[lane].run(
          entries.map(({ work, progress }) => ({ work, progress: progress.memory })),
          thread.signal
        )
      )
    } catch (error) {
      lose(batch, error)
    }
    stopTakingBack?.()
    busy[lane]--
    release(batch, entries)
    dispatch()
  }

  function settle(batch: Batch, outcomes: Outcomes): void {
    const left: Entry[] = []
    for (const [index, entry] of batch.entries.entries()) {
      if (entry.holder !== batch) continue
      const outcome = outcomes[index]
      if (outcome) end(entry, () => entry.outcome.resolve(outcome))
      else left.push(entry)
    }
    waitAgain(left)
  }

  /** The thread has ended. If nobody ended it, the job that it ran was the cause. */
  function lose(batch: Batch, error: unknown): void {
    const left = batch.entries.filter(({ holder }) => holder === batch)
    const reason = closed ?? (batch.thread.signal.aborted ? undefined : error)
    const culprits =
      reason === undefined ? [] : closed ? left : [left.find(({ progress }) => progress.isRunning) ?? left[0]]
    for (const entry of culprits) if (entry) end(entry, () => entry.outcome.reject(reason))
    waitAgain(left.filter((entry) => !culprits.includes(entry)))
  }

  function end(entry: Entry, tell: () => void): void {
    entry.holder = undefined
    const { lane } = entry.program
    entry.program.ended(entry.watch.ranMs())
    // Moved at once, because a job is searched for in the lane of its program.
    if (entry.program.lane !== lane)
      for (const name of names) for (const moved of turns[name].leave(name)) turns[laneOf(moved)].add(moved)
    tell()
  }

  function waitAgain(entries: readonly Entry[]): void {
    for (const entry of entries) {
      entry.holder = undefined
      entry.progress = new Progress()
    }
    for (const name of names) turns[name].putBack(entries.filter((entry) => laneOf(entry) === name))
    for (const { watch } of entries) watch.wait()
  }

  /** Lets other threads run the programs of these jobs, unless the batch still has jobs of them. */
  function release(batch: Batch, entries: readonly Entry[]): void {
    for (const { program } of entries) {
      const isHeld = batch.entries.some((other) => other.program === program && other.holder === batch)
      if (program.holder === batch && !isHeld) program.holder = undefined
    }
  }

  /** Checks repeatedly, once the first job has begun, whether the thread still runs the same job. */
  function takeBackLate(batch: Batch): () => void {
    let stop = (): void => {}
    let over = false
    const look = (before: Entry | undefined): void => {
      const running = batch.entries.find(({ progress }) => progress.isRunning)
      if (running === undefined || running !== before) {
        stop = clock.after(TAKE_BACK_MS, () => look(running))
        return
      }
      const back = batch.entries.filter(({ holder, progress }) => holder === batch && progress.takeBack())
      waitAgain(back)
      release(batch, back)
      dispatch()
    }
    void batch.entries[0]?.progress.begun().then(() => {
      if (!over) look(undefined)
    })
    return () => {
      over = true
      stop()
    }
  }

  return {
    run(entry) {
      if (closed) throw closed
      const own = turns[laneOf(entry)]
      own.add(entry)
      dispatch()
      const limit =
        own.countOf(entry.owner.key) > limits.queuePerOwner
          ? limits.queuePerOwner
          : own.count > limits.queueLength
            ? limits.queueLength
            : undefined
      if (limit !== undefined && own.remove(entry))
        throw new ExpressionError('busy', `more than ${limit} expressions wait for a worker`)
      return entry.outcome.promise
    },

    cancel(entry, reason) {
      const batch = entry.holder as Batch | undefined
      if (batch === undefined) turns[laneOf(entry)].remove(entry)
      else {
        const isBack = entry.progress.takeBack()
        if (!isBack && entry.progress.isRunning) batch.thread.abort()
        end(entry, () => {})
        if (isBack) release(batch, [entry])
        // Nobody waits for a job of this thread any more, also if it is still starting.
        if (batch.entries.every(({ holder }) => holder !== batch)) batch.thread.abort()
      }
      entry.outcome.reject(reason)
    },

    waiting: () => names.reduce((sum, name) => sum + turns[name].count, 0),

    async close(reason) {
      closed = reason
      for (const name of names) for (const entry of turns[name].clear()) entry.outcome.reject(reason)
      await Promise.all(names.map((name) => lanes[name].close()))
    }
  }
}
