import { ExactNumber } from '../../../lib/exact-number.ts'

/**
 * Thrown where the fast path cannot be sure of jq's answer, or has reached its step limit. The pool then starts from
 * the beginning.
 */
export const HAND_OVER = Symbol('hand over to the pool')

/** One evaluation: the values of the variables in scope, and the steps that are left before the pool takes over. */
export interface Run {
  readonly values: readonly unknown[]
  steps: number
  /**
   * Set once a number came from a text such as "1.50": jq prints its original digits, so from then on the text of no
   * number is known.
   */
  keepsDigits: boolean
}

/** Variables bound within an expression, innermost first. */
export interface Frame {
  readonly run: Run
  readonly value: unknown
  readonly outer: Frame | undefined
}

/** Counts work that grows with data, about one step for each value. */
export function charge(run: Run, steps: number): void {
  run.steps -= steps
  if (run.steps < 0) throw HAND_OVER
}

// jq goes 10,000 levels deep, and its behaviour beyond differs between functions. The stack of this thread may end
// sooner.
const MAX_NESTING = 1_000

/**
 * Limits the nesting of values that code walks level by level, and leaves deeper ones to jq. Returns the next level.
 */
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

/**
 * One of jq's own errors. Its message is computed only where nothing catches it; a `catch` of it goes to the pool, so
 * that the message is jq's.
 */
export class RaisedMessage {
  readonly text: () => string

  constructor(text: () => string) {
    this.text = text
  }
}

/** One of jq's own errors. Without a message here, the pool provides it. */
export function raise(text: () => string = handOver): never {
  throw new RaisedMessage(text)
}

/**
 * An error about values of the wrong type. jq calculates with numbers beyond doubles, which only it can.
 */
export function raiseUnlessExact(left: unknown, right: unknown, text: () => string = handOver): never {
  if (left instanceof ExactNumber || right instanceof ExactNumber) throw HAND_OVER
  throw new RaisedMessage(text)
}

/** Leaves the evaluation to jq. */
export function handOver(): never {
  throw HAND_OVER
}
