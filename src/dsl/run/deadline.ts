import { ring } from './timer.ts'
import type { Cancel } from './cancel.ts'
import type { Run } from './state.ts'

/** Ends a run that waits too long (`runTimeMs`). Armed by the first effect: a flow that only computes needs no timer, its budget counts the time. */
export class Deadline {
  readonly #root: Cancel
  #silence: (() => void) | undefined
  passed = false

  constructor(root: Cancel) {
    this.#root = root
  }

  arm(run: Run): void {
    if (this.#silence !== undefined) return
    const left = run.startedAt + run.budget.limits.runTimeMs - run.ports.now()
    this.#silence = ring(run.ports, left, () => {
      this.passed = true
      this.#root.abort()
    })
  }

  disarm(): void {
    this.#silence?.()
  }
}
