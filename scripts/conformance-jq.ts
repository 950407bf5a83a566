import { readFileSync } from 'node:fs'
import { isDeepStrictEqual } from 'node:util'
import { createExpressions, ExpressionError, type Expressions } from '../src/expressions/index.ts'
import { compileFast } from '../src/expressions/fast/compile.ts'
import { runFast } from '../src/expressions/fast/evaluate.ts'
import { createAdmit } from '../src/expressions/admit.ts'
import { DEFAULT_LIMITS } from '../src/expressions/limits.ts'
import { readJqCases, type JqCase } from '../test/expressions/fixtures/jq-cases.ts'

const USAGE = 'npm run conformance:jq -- FILE [-v]'

type Verdict = 'passed' | 'failed' | 'refused'
type Counts = Record<Verdict, number>

/**
 * Runs a file in the format of jq's own test suite through both paths and prints what each passed, failed and refused (`fast`: left to
 * the pool; `pool`: not a pure function, or beyond a limit; both: values that are not JSON). A wrong answer from the fast path exits 1.
 */
async function main(): Promise<void> {
  const [file, flag] = process.argv.slice(2)
  if (file === undefined) throw new Error(USAGE)
  const expressions = createExpressions()
  const fast: Counts = { passed: 0, failed: 0, refused: 0 }
  const pool: Counts = { passed: 0, failed: 0, refused: 0 }
  for (const jqCase of readJqCases(readFileSync(file, 'utf8'))) {
    const fastVerdict = onFastPath(jqCase)
    const poolVerdict = await inPool(jqCase, expressions)
    fast[fastVerdict]++
    pool[poolVerdict]++
    if (fastVerdict === 'failed') console.log(`fast path, line ${jqCase.line}: wrong answer for ${jqCase.program}`)
    if (poolVerdict !== 'passed' && flag === '-v') console.log(`pool, line ${jqCase.line}: ${poolVerdict} ${jqCase.program}`)
  }
  await expressions.close()
  console.log(`fast: ${summary(fast)}`)
  console.log(`pool: ${summary(pool)}`)
  process.exitCode = fast.failed > 0 ? 1 : 0
}

function summary(counts: Counts): string {
  return Object.entries(counts).map(([verdict, count]) => `${count} ${verdict}`).join(', ')
}

const admit = createAdmit(DEFAULT_LIMITS)

/** The format gives outputs before an error, where both paths give the error alone: a case that ends in one is not comparable there. */
function onFastPath({ program, values, fails }: JqCase): Verdict {
  const compiled = compileFast(program, [])
  if (compiled === undefined) return 'refused'
  if (fails) return 'failed'
  if (values === undefined) return 'refused'
  try {
    const given = runFast([compiled], admit(values.input), [], DEFAULT_LIMITS.steps)
    return given === undefined ? 'refused' : verdictOn(given[0] ?? [], values.outputs)
  } catch {
    return 'failed'
  }
}

async function inPool({ program, values, fails }: JqCase, expressions: Expressions): Promise<Verdict> {
  const fault = await expressions.check(program, [])
  if (fault !== undefined) return fails ? 'passed' : 'refused'
  if (fails) return 'failed'
  if (values === undefined) return 'refused'
  try {
    // Inside an array every output is one of a single result; and a definition keeps the fast path out.
    const result = await expressions.compile(`def all_outputs: [${program}\n\n]; all_outputs`, []).evaluate(values.input, {})
    return verdictOn(result as unknown[], values.outputs)
  } catch (error) {
    return error instanceof ExpressionError && error.kind === 'limit' ? 'refused' : 'failed'
  }
}

function verdictOn(given: readonly unknown[], expected: readonly unknown[]): Verdict {
  return isDeepStrictEqual(admit(given), admit(expected)) ? 'passed' : 'failed'
}

await main()
