/** Thrown when the fast path cannot be sure to say what jq says, or has done its share of work: the pool takes over from the start. */
export const HAND_OVER = Symbol('hand over to the pool')

/** One evaluation: the values of the variables in scope, and how much work is left before it is handed over. */
export interface Run {
  readonly values: readonly unknown[]
  steps: number
}

/** Variables bound within an expression, innermost first. */
export interface Frame {
  readonly run: Run
  readonly value: unknown
  readonly outer: Frame | undefined
}

/** Pays for work that grows with data, about one step for each value touched. */
export function charge(run: Run, steps: number): void {
  run.steps -= steps
  if (run.steps < 0) throw HAND_OVER
}

/** An error of jq's, which `try` can catch. Its words are worked out only where somebody reads them. */
export class Raised {
  readonly #value: () => unknown

  constructor(value: () => unknown) {
    this.#value = value
  }

  /** What `catch` sees. Throws HAND_OVER where only jq knows its own words. */
  value(): unknown {
    return this.#value()
  }
}

/** An error whose words the fast path does not know. */
export function raise(): never {
  throw new Raised(() => { throw HAND_OVER })
}

/** An error with jq's words. */
export function raiseText(text: () => string): never {
  throw new Raised(text)
}
