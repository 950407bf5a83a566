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
   * Set once a number was read from a text such as "1.50". jq prints the original digits of such numbers, so the text
   * of every number is left to jq from then on.
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

// jq handles 10,000 levels, and its behaviour beyond that differs between functions. The stack of this thread may end
// sooner.
const MAX_NESTING = 1_000

/**
 * Returns the next level of a value that code walks level by level. Values that are nested too deeply are left to jq.
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
 * One of jq's own errors. Its message is computed only if nothing catches the error; a `catch` of it goes to the pool,
 * so that the message is jq's.
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
 * Raises an error about values of the wrong type. If one of them is a number that no double is equal to, hands over
 * instead: only jq can calculate with it.
 */
export function raiseUnlessExact(left: unknown, right: unknown, text: () => string = handOver): never {
  if (left instanceof ExactNumber || right instanceof ExactNumber) throw HAND_OVER
  throw new RaisedMessage(text)
}

/** Leaves the evaluation to jq. */
export function handOver(): never {
  throw HAND_OVER
}
