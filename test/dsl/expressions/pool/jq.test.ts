import t from 'tap'
import type { Outcome } from '../../../../src/dsl/expressions/pool/job.ts'
import { createJqRuntime, type JqRuntime } from '../../../../src/dsl/expressions/pool/jq.ts'

const LIMITS = { memoryBytes: 64 * 1024 * 1024, valueSize: 32 * 1024 * 1024 }

interface Ran {
  /** By input; undefined where it has not begun. */
  outcomes: (Outcome | undefined)[]
  /** What happened, in its order. */
  steps: string[]
}

async function run(
  jq: JqRuntime,
  program: string,
  documents: readonly string[],
  { taken = -1, isTimeUp }: { taken?: number; isTimeUp?: () => boolean } = {}
): Promise<Ran> {
  await jq.ready()
  const outcomes: (Outcome | undefined)[] = documents.map(() => undefined)
  const steps: string[] = []
  jq.run(
    program,
    documents.map((document, index) => ({
      document,
      begin: () => {
        steps.push(`begin ${index}`)
        return index !== taken
      },
      ended: (outcome) => {
        steps.push(`end ${index}`)
        outcomes[index] = outcome
      }
    })),
    isTimeUp
  )
  return { outcomes, steps }
}

const texts = (...values: unknown[]): Outcome[] => values.map((value) => ({ text: JSON.stringify(value) }))

t.test('a program is compiled once for all of its inputs, and each has its own outcome', async (t) => {
  const jq = createJqRuntime(LIMITS)
  // Not pure, so no program of a flow: it says how many inputs one run of jq has read.
  const { outcomes, steps } = await run(jq, '[., input_line_number]', ['"a"', '"é"', '3'])
  t.same(outcomes, texts(['a', 1], ['é', 2], [3, 3]))
  t.same(steps, ['begin 0', 'end 0', 'begin 1', 'end 1', 'begin 2', 'end 2'])
})

t.test('an input of any size is read completely, and so is its output', async (t) => {
  const jq = createJqRuntime(LIMITS)
  // jq reads 65,535 bytes at once, its C library 1,024.
  const values = [1_022, 1_023, 1_024, 65_533, 65_534, 65_535, 300_000].map((length) => 'x'.repeat(length - 2))
  const { outcomes } = await run(
    jq,
    '.',
    [...values, 'é'.repeat(50_000)].map((value) => JSON.stringify(value))
  )
  t.same(outcomes, texts(...values, 'é'.repeat(50_000)))
})

t.test('an input that fails changes nothing for the others', async (t) => {
  const jq = createJqRuntime(LIMITS)
  const program = 'if . == 1 then error("no\\nway") elif . == 2 then error({__jq: 0}) else "fine" end'
  const { outcomes } = await run(jq, program, ['0', '1', '2', '3'])
  t.same(outcomes, [
    ...texts('fine'),
    { fault: { kind: 'runtime', message: 'no\nway' } },
    { fault: { kind: 'runtime', message: '{"__jq":0}' } },
    ...texts('fine')
  ])
})

t.test('a program that jq does not compile is the fault of every input', async (t) => {
  const jq = createJqRuntime(LIMITS)
  const { outcomes, steps } = await run(jq, 'nothing', ['1', '2', '3'], { taken: 1 })
  const fault = { kind: 'syntax', message: /^nothing\/0 is not defined/ }
  t.match(outcomes, [{ fault }, undefined, { fault }])
  t.same(steps, ['begin 0', 'end 0', 'begin 1', 'begin 2', 'end 2'])
})

t.test(
  'an input that needs too much memory leaves those before it their outcomes, and those behind it waiting',
  async (t) => {
    const jq = createJqRuntime(LIMITS)
    const program = 'if . == 1 then [range(1e9)] else . end'
    const { outcomes, steps } = await run(jq, program, ['0', '1', '2'])
    t.match(outcomes, [
      { text: '0' },
      { fault: { kind: 'limit', message: /^the expression needs more than 67108864 bytes/ } }
    ])
    t.same(steps, ['begin 0', 'end 0', 'begin 1', 'end 1'])
    t.same((await run(jq, program, ['2'])).outcomes, texts(2), 'another instance')
  }
)

t.test('an instance with much memory takes no further input', async (t) => {
  const jq = createJqRuntime(LIMITS)
  const program = 'if . == 1 then [range(9e5)] | length else . end'
  const { outcomes } = await run(jq, program, ['0', '1', '2'])
  t.same(outcomes, [...texts(0, 900_000), undefined])
})

t.test('an input that was taken back is not read, nor one after the end of a turn', async (t) => {
  const jq = createJqRuntime(LIMITS)
  let asked = 0
  const { outcomes, steps } = await run(jq, '.', ['0', '1', '2', '3'], { taken: 1, isTimeUp: () => ++asked === 2 })
  t.same(outcomes, [...texts(0), undefined, ...texts(2), undefined])
  t.same(steps, ['begin 0', 'end 0', 'begin 1', 'begin 2', 'end 2'])
  t.same((await run(jq, '.', ['0', '1'], { taken: 0 })).outcomes, [undefined, ...texts(1)])
})
