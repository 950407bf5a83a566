import { ExpressionError } from '../expression.ts'
import type { FastProgram } from './compile.ts'
import { HAND_OVER, RaisedMessage, RaisedValue, type Run } from './run.ts'

/** jq's message for an error that nothing caught. */
export function uncaught(value: unknown): ExpressionError {
  return new ExpressionError('runtime', typeof value === 'string' ? value : `${JSON.stringify(value)} (not a string)`)
}

/**
 * The outputs of each program over one input; undefined where the pool has to answer.
 * @throws ExpressionError `runtime` with jq's own message.
 */
export function runFast(
  programs: readonly FastProgram[],
  input: unknown,
  values: readonly unknown[],
  steps: number
): unknown[][] | undefined {
  const run: Run = { values, steps, keepsDigits: false }
  try {
    try {
      const outputs: unknown[][] = []
      for (let at = 0; at < programs.length; at++) outputs.push((programs[at] as FastProgram)(input, run))
      return outputs
    } catch (error) {
      if (error instanceof RaisedValue) throw uncaught(error.value)
      if (error instanceof RaisedMessage) throw uncaught(error.text())
      throw error
    }
  } catch (error) {
    // A text longer than the engine can hold, or values nested deeper than its stack: jq has its own limits for both.
    if (error === HAND_OVER || error instanceof RangeError) return undefined
    throw error
  }
}
