import type { FlowLimits } from './limits.ts'
import { flowError } from './problem.ts'
import { TimeSlice } from '../lib/time-slice.ts'

/** The remaining limits of a run. The run and its sub-flows share one object. */
export class Budget {
  readonly limits: Readonly<FlowLimits>
  /** The time slice of the run's computation. */
  readonly slice = new TimeSlice()
  #tasks = 0
  #iterations = 0
  #recordedSteps = 0
  #recordedBytes = 0

  constructor(limits: Readonly<FlowLimits>) {
    this.limits = limits
  }

  countTask(): void {
    if (++this.#tasks > this.limits.tasks) throw limitReached('tasks', `more than ${this.limits.tasks} tasks`)
  }

  countIteration(): void {
    if (++this.#iterations > this.limits.iterations)
      throw limitReached('iterations', `more than ${this.limits.iterations} iterations of its loops`)
  }

  /**
   * Whether the record has room for one more step. Keeps a run with endless loops from filling the memory and the
   * database.
   */
  mayRecordStep(): boolean {
    return ++this.#recordedSteps <= this.limits.recordedSteps
  }

  /** Whether the record has room for values of this size. */
  mayShow(bytes: number): boolean {
    if (this.#recordedBytes + bytes > this.limits.recordedBytes) return false
    this.#recordedBytes += bytes
    return true
  }

  checkDepth(depth: number): void {
    if (depth > this.limits.subflowDepth)
      throw limitReached('subflowDepth', `flows and functions nested more than ${this.limits.subflowDepth} deep`)
  }

  checkTime(elapsedMs: number): void {
    if (elapsedMs > this.limits.runTimeMs) throw this.overtime()
  }

  overtime(): Error {
    const detail = `The run was stopped: it took more than ${this.limits.runTimeMs / 1000} s (limit "runTimeMs").`
    return flowError('timeout', detail, { title: 'Limit exceeded', fatal: true })
  }
}

function limitReached(limit: keyof FlowLimits, what: string): Error {
  return flowError('runtime', `The run was stopped: it took ${what} (limit "${limit}").`, {
    title: 'Limit exceeded',
    fatal: true
  })
}
