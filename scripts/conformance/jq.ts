import { readFileSync } from 'node:fs'
import { createExpressions } from '../../src/dsl/expressions/expressions.ts'
import { readJqCases } from '../../test/dsl/expressions/fixtures/jq-cases.ts'
import { createJqJudge, type Verdict, VERDICTS } from './jq-judge.ts'

const USAGE = 'npm run conformance:jq -- FILE [-v]'

/**
 * Runs a file of jq's test suite through both paths and prints the verdicts. Exits 1 on a wrong answer of the fast
 * path.
 */
async function main(): Promise<void> {
  const [file, flag] = process.argv.slice(2)
  if (file === undefined) throw new Error(USAGE)
  const expressions = createExpressions()
  const judge = createJqJudge(expressions)
  const fast = new Map<Verdict, number>()
  const pool = new Map<Verdict, number>()
  for (const jqCase of readJqCases(readFileSync(file, 'utf8'))) {
    const verdicts = await judge.judge(jqCase)
    count(fast, verdicts.fast)
    count(pool, verdicts.pool)
    if (verdicts.fast === 'failed') console.log(`fast path, line ${jqCase.line}: wrong answer for ${jqCase.program}`)
    if (verdicts.pool !== 'passed' && flag === '-v')
      console.log(`pool, line ${jqCase.line}: ${verdicts.pool}: ${jqCase.program}`)
  }
  await expressions.close()
  console.log(`fast: ${summary(fast)}`)
  console.log(`pool: ${summary(pool)}`)
  process.exitCode = fast.has('failed') ? 1 : 0
}

function count(counts: Map<Verdict, number>, verdict: Verdict): void {
  counts.set(verdict, (counts.get(verdict) ?? 0) + 1)
}

function summary(counts: ReadonlyMap<Verdict, number>): string {
  return VERDICTS.map((verdict) => `${counts.get(verdict) ?? 0} ${verdict}`).join(', ')
}

await main()
