import { setImmediate as nextTurn } from 'node:timers/promises'
import type { FlowLimits } from '../limits.ts'
import { flowError } from '../problem.ts'

/** A flow that computes without waiting lets others run after this long. */
const SLICE_MS = 5

/** What a run and its sub-flows may still cost. One object for all of them: handed down, never copied. */
export class Budget {
  readonly limits: Readonly<FlowLimits>
  #tasks = 0
  #iterations = 0
  #sliceStart = performance.now()

  constructor(limits: Readonly<FlowLimits>) {
    this.limits = limits
  }

  spendTask(): void {
    if (++this.#tasks > this.limits.tasks) throw spent('tasks', `more than ${this.limits.tasks} tasks`)
  }

  spendIteration(): void {
    if (++this.#iterations > this.limits.iterations) throw spent('iterations', `more than ${this.limits.iterations} turns of its loops`)
  }

  checkDepth(depth: number): void {
    if (depth > this.limits.subflowDepth) throw spent('subflowDepth', `flows and functions nested more than ${this.limits.subflowDepth} deep`)
  }

  checkTime(elapsedMs: number): void {
    if (elapsedMs > this.limits.runTimeMs) throw this.overtime()
  }

  overtime(): Error {
    const detail = `The run was stopped: it took more than ${this.limits.runTimeMs / 1000} s (limit "runTimeMs").`
    return flowError('timeout', detail, { title: 'Limit exceeded', fatal: true })
  }

  /** Whether this process should serve others first. Real time on purpose: an injected clock says nothing of the event loop. */
  get mustYield(): boolean {
    return performance.now() - this.#sliceStart > SLICE_MS
  }

  async yield(): Promise<void> {
    await nextTurn()
    this.#sliceStart = performance.now()
  }
}

function spent(limit: keyof FlowLimits, what: string): Error {
  return flowError('runtime', `The run was stopped: it took ${what} (limit "${limit}").`, { title: 'Limit exceeded', fatal: true })
}
