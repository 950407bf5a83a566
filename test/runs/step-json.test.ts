import t from 'tap'
import type { StepRecord } from '../../src/dsl/index.ts'
import { createMask } from '../../src/runs/mask.ts'
import { STEP_VALUE_LIMIT, stepJson } from '../../src/runs/step-json.ts'

const SECRET = 'sk-live-4eC39HqLyjW"DarjtT1'

function shownOutput(output: unknown): { truncated?: boolean; characters?: number; start?: string } {
  const step: StepRecord = {
    pointer: '/do/0/ask',
    key: '/do/0/ask',
    attempt: 1,
    status: 'succeeded',
    startedAt: 0,
    durationMs: 1,
    output
  }
  return JSON.parse(stepJson(step, createMask(new Set([SECRET])))).output
}

t.test('an uncut value shows no secret', async (t) => {
  t.same(shownOutput({ key: SECRET }), { key: '[secret]' })
})

t.test('a cut value shows no part of a secret, wherever the cut falls', async (t) => {
  const shown = Array.from({ length: 1_100 }, (_, before) =>
    shownOutput({ text: `${'.'.repeat(before)}${SECRET}${'.'.repeat(STEP_VALUE_LIMIT)}` })
  )
  t.ok(shown.every(({ truncated }) => truncated))
  t.strictSame(
    shown.filter(({ start = '' }) => start.includes(SECRET.slice(0, 4))),
    []
  )
})
