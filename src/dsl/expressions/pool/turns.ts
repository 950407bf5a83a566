import type { JobOwner } from '../owner.ts'
import type { Outcome, Work } from './job.ts'
import type { Lane, ProgramLane } from './lane.ts'
import { Progress } from './progress.ts'
import type { Watch } from './watch.ts'

/** How many jobs a thread gets at once, and how many characters of text, which one message copies. */
const BATCH_JOBS = 16
const BATCH_CHARS = 256 * 1024

/** A job that waits or is with a thread. */
export interface Entry {
  readonly work: Work
  readonly owner: JobOwner
  readonly program: ProgramLane
  readonly watch: Watch
  progress: Progress
  /** The batch that has the job; undefined while it waits, and once it is over. */
  holder: object | undefined
  readonly outcome: PromiseWithResolvers<Outcome>
}

export function createEntry(given: Pick<Entry, 'work' | 'owner' | 'program' | 'watch'>): Entry {
  return { ...given, progress: new Progress(), holder: undefined, outcome: Promise.withResolvers() }
}

/** The present lane of a job, which can change with its program. */
export function laneOf({ owner, program }: Entry): Lane {
  return owner.simulation === true && program.lane !== 'checks' ? 'simulations' : program.lane
}

/** The jobs that wait for the threads of a lane. The owners take turns. */
export class Turns {
  /** Waiting jobs by the key of their owner. The owner whose turn is next comes first. */
  readonly #waiting = new Map<string, Entry[]>()
  #count = 0

  get count(): number {
    return this.#count
  }

  /** How many jobs of an owner wait. */
  countOf(key: string): number {
    return this.#waiting.get(key)?.length ?? 0
  }

  add(entry: Entry): void {
    this.#count++
    const own = this.#waiting.get(entry.owner.key)
    if (own) own.push(entry)
    else this.#waiting.set(entry.owner.key, [entry])
  }

  /**
   * Puts jobs back that had their turn already. Their owners come first, in the order of the jobs; behind owners whose
   * jobs have run meanwhile, they could be put back again and again.
   */
  putBack(entries: readonly Entry[]): void {
    const first = new Map<string, Entry[]>()
    for (const entry of entries) {
      const { key } = entry.owner
      const own = first.get(key)
      if (own) own.push(entry)
      else first.set(key, [entry])
    }
    this.#count += entries.length
    for (const [key, waiting] of [...this.#waiting]) {
      this.#waiting.delete(key)
      const own = first.get(key)
      if (own) own.push(...waiting)
      else first.set(key, waiting)
    }
    for (const [key, own] of first) this.#waiting.set(key, own)
  }

  /** @returns false if the job does not wait here */
  remove(entry: Entry): boolean {
    const own = this.#waiting.get(entry.owner.key) ?? []
    const index = own.indexOf(entry)
    if (index === -1) return false
    this.#take(entry.owner.key, own, index)
    return true
  }

  /**
   * Takes the next jobs for one thread. Programs that another thread runs are passed over.
   * @param isAlone whether a thread gets only one job
   */
  next(isAlone: boolean): Entry[] {
    const batch: Entry[] = []
    const programs = new Set<ProgramLane>()
    let chars = 0
    while (batch.length < (isAlone ? 1 : BATCH_JOBS) && chars < BATCH_CHARS) {
      const entry = this.#nextOf(programs)
      if (entry === undefined) break
      batch.push(entry)
      programs.add(entry.program)
      chars += sizeOf(entry.work)
    }
    return batch
  }

  /** Removes and returns the jobs whose program has left this lane. */
  leave(lane: Lane): Entry[] {
    const gone = [...this.#waiting.values()].flat().filter((entry) => laneOf(entry) !== lane)
    for (const entry of gone) this.remove(entry)
    return gone
  }

  /** Removes and returns all jobs. */
  clear(): Entry[] {
    const all = [...this.#waiting.values()].flat()
    this.#waiting.clear()
    this.#count = 0
    return all
  }

  #nextOf(programs: ReadonlySet<ProgramLane>): Entry | undefined {
    for (const [key, own] of this.#waiting) {
      const index = own.findIndex(({ program }) => program.holder === undefined || programs.has(program))
      if (index === -1) continue
      return this.#take(key, own, index)
    }
    return undefined
  }

  /** Takes a job, and moves its owner behind the other owners. */
  #take(key: string, own: Entry[], index: number): Entry | undefined {
    const [entry] = own.splice(index, 1)
    this.#count--
    this.#waiting.delete(key)
    if (own.length > 0) this.#waiting.set(key, own)
    return entry
  }
}

/** How many characters a message with the work copies, without its program. */
function sizeOf(work: Work): number {
  switch (work.kind) {
    case 'run':
      return work.document.length
    case 'script':
      return work.arguments.length + work.stdin.length
    case 'validate':
      return work.value.length
    case 'read':
    case 'locate':
      return work.text.length
    case 'check':
    case 'schema':
      return 0
  }
}
