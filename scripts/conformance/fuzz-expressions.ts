import fc from 'fast-check'
import { admitted, createDiffer, type Case, type Verdict } from '../../test/dsl/expressions/fixtures/differ.ts'
import { documents, programs, VARIABLES } from '../../test/dsl/expressions/fixtures/generate.ts'

const USAGE = 'npm run fuzz:expressions -- [pairs] [seed]'
const DEFAULT_PAIRS = 100_000
const CASES_A_PROGRAM = 10
const SHOWN = 10

/**
 * Generates programs and documents, and compares the results of the fast path and jq. Prints the seed, the counts and
 * the first differences; exits 1 on a difference. A pair counts if both have answered.
 */
async function main(): Promise<void> {
  const [pairs = DEFAULT_PAIRS, seed = Date.now() % 2 ** 31] = process.argv.slice(2).map(Number)
  if (!Number.isInteger(pairs) || !Number.isInteger(seed)) throw new Error(USAGE)
  console.log(`seed ${seed}, ${pairs} pairs`)

  const differ = createDiffer()
  const counts: Record<Verdict['kind'], number> = { same: 0, different: 0, 'handed over': 0, 'not compiled': 0 }
  const given = fc.tuple(documents, ...VARIABLES.map(() => documents)).map(admitted)
  const rounds = fc.tuple(programs, fc.array(given, { minLength: CASES_A_PROGRAM, maxLength: CASES_A_PROGRAM }))
  let round = 0

  while (counts.same + counts.different < pairs) {
    for (const [source, cases] of fc.sample(rounds, { numRuns: 200, seed: seed + round++ })) {
      for (const verdict of await differ.compare(source, cases as Case[])) {
        counts[verdict.kind]++
        if (verdict.kind === 'different' && counts.different <= SHOWN) {
          console.log(
            `different: ${verdict.source}\n  given ${JSON.stringify(verdict.given)}\n  fast  ${verdict.fast}\n` +
              `  jq    ${verdict.jq}`
          )
        }
      }
    }
  }
  console.log(
    Object.entries(counts)
      .map(([kind, count]) => `${kind} ${count}`)
      .join(', ')
  )
  process.exitCode = counts.different > 0 ? 1 : 0
}

await main()
