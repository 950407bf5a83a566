import t from 'tap'
import { createSharedValues, withSharedValues } from '../../src/runs/shared-values.ts'
import { createMask } from '../../src/runs/mask.ts'
import { createJsonTexts, stepJson } from '../../src/runs/step-json.ts'
import type { StepRecord } from '../../src/dsl/index.ts'

function recorded(run: { input: unknown; output: unknown }, values: readonly Pick<StepRecord, 'input' | 'output'>[]) {
  const mask = createMask(new Set())
  const texts = createJsonTexts(mask)
  const shared = createSharedValues(run)
  return values.map((value, index) => {
    const step = {
      pointer: '/do/0',
      key: '/do/0',
      attempt: 1,
      status: 'succeeded',
      startedAt: 0,
      durationMs: 0
    } as const
    const json = stepJson({ ...step, ...value }, mask, texts, shared)
    shared.addOutput(value.output, index)
    return JSON.parse(json)
  })
}

const large = (name: string) => ({ name, text: 'x'.repeat(100) })

t.test('each step is read back with all its values, whichever it shares with the run or an earlier step', async (t) => {
  const [input, output, between] = [large('input'), large('output'), large('between')]
  const steps = [
    { input, output: between },
    { input: between, output: between },
    { input: between, output: large('alone') },
    { input: { small: 1 }, output },
    { output: null },
    { input: 'text'.repeat(50), output: input }
  ]
  const stored = recorded({ input, output }, steps)
  t.match(stored, [
    { inputAt: '/input', output: between },
    { inputAt: '/steps/0/output', outputAt: '/steps/0/output' },
    { inputAt: '/steps/0/output', output: large('alone') },
    { input: { small: 1 }, outputAt: '/output' },
    { output: null },
    { outputAt: '/input' }
  ])
  const read = withSharedValues(stored, { input, output }) as typeof steps
  t.strictSame(
    read.map((step) => ({ ...('input' in step && { input: step.input }), output: step.output })),
    steps
  )
  t.notMatch(JSON.stringify(read), /"(?:in|out)putAt"/)
})

t.test(
  'equal values that are not the same one are recorded each: only what is known to be the same is shared',
  async (t) => {
    t.match(recorded({ input: large('a'), output: null }, [{ input: large('a') }]), [{ input: large('a') }])
  }
)

t.test('a value that is recorded in part is not shared', async (t) => {
  const input = { text: 'y'.repeat(100_000) }
  t.match(recorded({ input, output: input }, [{ input, output: input }]), [
    { input: { truncated: true }, output: { truncated: true } }
  ])
})

t.test('steps of older versions, and pointers to nothing, are no error', async (t) => {
  const older = [{ pointer: '/do/0', input: { inputAt: '/input' }, output: 1 }, null, 'text']
  t.strictSame(withSharedValues(older, { input: 1, output: 2 }), older)
  t.same(withSharedValues([{ inputAt: '/steps/7/output', outputAt: '/else' }], { input: 1, output: 2 }), [
    { input: undefined, output: undefined }
  ])
})
