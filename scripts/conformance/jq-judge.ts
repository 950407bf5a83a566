import { isDeepStrictEqual } from 'node:util'
import { createJsonInput } from '../../src/dsl/expressions/json-input.ts'
import { compileFast } from '../../src/dsl/expressions/fast/compile.ts'
import { runFast } from '../../src/dsl/expressions/fast/evaluate.ts'
import { ExpressionError, type Expressions } from '../../src/dsl/expressions/expressions.ts'
import { DEFAULT_LIMITS } from '../../src/dsl/expressions/limits.ts'
import type { JqCase } from '../../test/dsl/expressions/fixtures/jq-cases.ts'
import { createBareJq, type BareJq } from './bare-jq.ts'

/** The result of a case on a path: its outputs, that it does not compile, or that the path leaves it to another. */
type Given = readonly unknown[] | 'no program' | 'refused' | 'error'

/**
 * `refused`: left to jq by the fast path; by the pool, what is no pure function or beyond a limit; by both, what is not
 * JSON. `not 1.8.2`: jq 1.8.2 as it comes says the same as the path, and otherwise than the file. `spelling`: it says
 * the same once the case's numbers are spelled as flows have them, with all their digits: 1.000 is 1.
 */
export const VERDICTS = ['passed', 'failed', 'refused', 'not 1.8.2', 'spelling'] as const
export type Verdict = (typeof VERDICTS)[number]

export interface JqJudge {
  judge(jqCase: JqCase): Promise<{ fast: Verdict; pool: Verdict }>
}

/** Judges cases of jq's suite on both paths. `spoil` plants a wrong answer of the fast path, to test the judge. */
export function createJqJudge(
  expressions: Expressions,
  spoil: (outputs: readonly unknown[]) => readonly unknown[] = (outputs) => outputs
): JqJudge {
  const jq = createBareJq()
  return {
    judge: async (jqCase) => {
      const fast = await onFastPath(jqCase, expressions)
      return {
        fast: await judge(Array.isArray(fast) ? spoil(fast) : fast, jqCase, jq),
        pool: await judge(await inPool(jqCase, expressions), jqCase, jq)
      }
    }
  }
}

const sanitize = createJsonInput(DEFAULT_LIMITS)

async function judge(given: Given, { program, text, values, fails }: JqCase, jq: BareJq): Promise<Verdict> {
  if (given === 'refused') return 'refused'
  if (isDeepStrictEqual(given, fails ? 'no program' : values === undefined ? undefined : sanitize(values.outputs)))
    return 'passed'
  if (fails) return given !== 'no program' && (await jq.compiles(program)) ? 'not 1.8.2' : 'failed'
  if (values === undefined || !Array.isArray(given)) return 'failed'
  if (isDeepStrictEqual(given, await jq.outputs(program, text.input))) return 'not 1.8.2'
  return isDeepStrictEqual(given, await jq.outputs(program, JSON.stringify(values.input))) ? 'spelling' : 'failed'
}

/**
 * The format lists the outputs before an error. The fast path gives the error alone, so the pool must give the same
 * error.
 */
async function onFastPath(jqCase: JqCase, expressions: Expressions): Promise<Given> {
  const { program, values } = jqCase
  const compiled = compileFast(program, [])
  if (compiled === undefined || (values === undefined && !jqCase.fails)) return 'refused'
  try {
    const outputs = runFast([compiled], sanitize(values?.input), [], DEFAULT_LIMITS.steps)
    return outputs === undefined ? 'refused' : (sanitize(outputs[0]) as unknown[])
  } catch (error) {
    return (await errorInPool(program, values?.input, expressions)) === String(error)
      ? inPool(jqCase, expressions)
      : 'error'
  }
}

/** The format lists the outputs before an error only. jq's own runner ignores what follows them, too. */
async function inPool({ program, values, fails }: JqCase, expressions: Expressions): Promise<Given> {
  const fault = await expressions.check(program, [])
  if (fault !== undefined) return fails ? 'no program' : 'refused'
  if (values === undefined) return fails ? [] : 'refused'
  try {
    return (await wholeInPool(`[try (${program}\n\n) catch empty]`, values.input, expressions)) as unknown[]
  } catch (error) {
    return error instanceof ExpressionError && error.kind === 'limit' ? 'refused' : 'error'
  }
}

async function errorInPool(program: string, input: unknown, expressions: Expressions): Promise<string | undefined> {
  try {
    await wholeInPool(`${program}\n\n`, input, expressions)
    return undefined
  } catch (error) {
    return String(error)
  }
}

/** Runs the program in the pool: a definition makes the fast path refuse it. */
function wholeInPool(program: string, input: unknown, expressions: Expressions): unknown {
  return expressions.compile(`def whole: ${program}; whole`, []).evaluate(input, {})
}
