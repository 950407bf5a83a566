import fc from 'fast-check'
import t from 'tap'
import { admitted, createDiffer, type Verdict } from './fixtures/differ.ts'
import { documents, programs, VARIABLES } from './fixtures/generate.ts'

const PROGRAMS = 700
const CASES = 6

const given = fc.tuple(documents, ...VARIABLES.map(() => documents)).map(admitted)

t.test('the fast path gives the answers of jq: generated programs over generated documents', async (t) => {
  const differ = createDiffer()
  const counts = new Map<Verdict['kind'], number>()
  await fc.assert(
    fc.asyncProperty(programs, fc.array(given, { minLength: CASES, maxLength: CASES }), async (source, cases) => {
      for (const verdict of await differ.compare(source, cases)) {
        counts.set(verdict.kind, (counts.get(verdict.kind) ?? 0) + 1)
        if (verdict.kind === 'different')
          throw new Error(
            `${verdict.source}\ngiven ${JSON.stringify(verdict.given)}\nfast ${verdict.fast}\njq ${verdict.jq}`
          )
      }
    }),
    { numRuns: PROGRAMS }
  )
  t.comment([...counts].map(([kind, count]) => `${count} ${kind}`).join(', '))
  t.ok((counts.get('same') ?? 0) > PROGRAMS, 'enough pairs had an answer from both')
})

t.test('the comparison notices a wrong answer', async (t) => {
  const differ = createDiffer()
  // `fuse` gives the variables in the order of VARIABLES: swapping the case's values must be seen.
  const [verdict] = await differ.compare('$v', [[null, 1, 2]])
  t.equal(verdict?.kind, 'same')
  const wrong = createDiffer((outputs: readonly unknown[]) => [...outputs, 'extra'])
  const [seen] = await wrong.compare('$v', [[null, 1, 2]])
  t.equal(seen?.kind, 'different')
})
