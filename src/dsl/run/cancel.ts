import { Interrupted } from './unwind.ts'

/**
 * A scope that can be cancelled on its own: the run, a task with a timeout, a branch of a fork.
 *
 * A scope is active until `abort` cancels it or its parent is cancelled, and it never becomes active again. Creates its
 * signal on first use, so a flow without effects does not pay for one.
 */
export class Cancel {
  readonly #parent: Cancel | AbortSignal | undefined
  #controller: AbortController | undefined
  #unlink: (() => void) | undefined
  #cancelled = false

  constructor(parent?: Cancel | AbortSignal) {
    this.#parent = parent
  }

  get aborted(): boolean {
    return this.#cancelled || (this.#parent?.aborted ?? false)
  }

  /** Whether this scope itself was cancelled, not only an enclosing one. */
  get own(): boolean {
    return this.#cancelled
  }

  get signal(): AbortSignal {
    if (this.#controller !== undefined) return this.#controller.signal
    const controller = (this.#controller = new AbortController())
    if (this.aborted) {
      controller.abort(new Interrupted())
    } else if (this.#parent !== undefined) {
      const above = this.#parent instanceof Cancel ? this.#parent.signal : this.#parent
      const forward = (): void => controller.abort(new Interrupted())
      above.addEventListener('abort', forward, { once: true })
      this.#unlink = () => above.removeEventListener('abort', forward)
    }
    return controller.signal
  }

  abort(): void {
    this.#cancelled = true
    this.#controller?.abort(new Interrupted())
  }

  /** @throws Interrupted if the scope is cancelled. */
  check(): void {
    if (this.aborted) throw new Interrupted()
  }

  /** Detaches from the parent. Without it, a loop of timeouts would pile up listeners on the run's signal. */
  dispose(): void {
    this.#unlink?.()
    this.#unlink = undefined
  }

  /**
   * Resolves with the promise's result, or rejects with `Interrupted` as soon as the scope is cancelled, even if the
   * work ignores the signal.
   */
  async race<T>(work: Promise<T>): Promise<T> {
    const signal = this.signal
    let stop: (() => void) | undefined
    const interrupted = new Promise<never>((_, reject) => {
      stop = () => reject(new Interrupted())
      if (signal.aborted) stop()
      else signal.addEventListener('abort', stop, { once: true })
    })
    try {
      return await Promise.race([work, interrupted])
    } finally {
      if (stop !== undefined) signal.removeEventListener('abort', stop)
    }
  }
}
