/** Thrown when the fast path cannot be sure to say what jq says, or has done its share of work: the pool takes over from the start. */
export const HAND_OVER = Symbol('hand over to the pool')

/** One evaluation: the values of the variables in scope, and how much work is left before it is handed over. */
export interface Run {
  readonly values: readonly unknown[]
  steps: number
  /** Set once a number came from a text such as "1.50": jq would write its digits as they came, so no number's text is known from then on. */
  keepsDigits: boolean
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

// jq goes 10,000 levels deep, and what it says beyond differs from function to function. This thread's stack may end sooner.
const MAX_NESTING = 1_000

/** Bounds what goes into values level by level: deeper ones are left to jq. Gives the next level. */
export function deeper(level: number): number {
  if (level >= MAX_NESTING) throw HAND_OVER
  return level + 1
}

/** An error that `try` can catch: what `error(value)` raises. */
export class RaisedValue {
  readonly value: unknown

  constructor(value: unknown) {
    this.value = value
  }
}

/** One of jq's own errors. Its words are worked out only when nothing catches it; `catch` on it is handed over, so that words are jq's. */
export class RaisedMessage {
  readonly text: () => string

  constructor(text: () => string) {
    this.text = text
  }
}

/** One of jq's own errors, in words the fast path does not know unless they are given. */
export function raise(text: () => string = handOver): never {
  throw new RaisedMessage(text)
}

/** Leaves the evaluation to jq. */
export function handOver(): never {
  throw HAND_OVER
}
