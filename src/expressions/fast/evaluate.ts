import { ExpressionError } from '../error.ts'
import type { FastProgram } from './compile.ts'
import { HAND_OVER, Raised, type Run } from './run.ts'

/** jq's message for an error that nothing caught. */
export function uncaught(value: unknown): ExpressionError {
  return new ExpressionError('runtime', typeof value === 'string' ? value : `${JSON.stringify(value)} (not a string)`)
}

/**
 * The outputs of each program over one input, or undefined where the pool has to answer.
 * @throws ExpressionError `runtime`: jq's error, in jq's words.
 */
export function runFast(programs: readonly FastProgram[], input: unknown, values: readonly unknown[], steps: number): unknown[][] | undefined {
  const run: Run = { values, steps }
  try {
    return programs.map(program => program(input, run))
  } catch (error) {
    return refuse(error)
  }
}

function refuse(error: unknown): undefined {
  // Text beyond what the engine can hold, or values nested beyond its stack: jq has its own limits for both.
  if (error === HAND_OVER || error instanceof RangeError) return undefined
  if (!(error instanceof Raised)) throw error
  let value: unknown
  try {
    value = error.value()
  } catch (inner) {
    return refuse(inner)
  }
  throw uncaught(value)
}
