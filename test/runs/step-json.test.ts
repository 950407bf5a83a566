import t from 'tap'
import type { StepRecord } from '../../src/dsl/index.ts'
import { createMask } from '../../src/runs/mask.ts'
import {
  createJsonTexts,
  isRecordedInPart,
  recordedJson,
  STEP_VALUE_LIMIT,
  stepJson
} from '../../src/runs/step-json.ts'

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

t.test(
  'a record keeps 64 KiB of a value: the members that are too large by their beginning, the others whole',
  async (t) => {
    const texts = createJsonTexts(createMask(new Set(['S3CRET'])))
    const recorded = (value: unknown): any => JSON.parse(recordedJson(value, texts))
    const small = { method: 'POST', body: 'x'.repeat(65_000) }
    t.same(recorded(small), small)
    const large = { method: 'POST', body: `${'x'.repeat(70_000)}S3CRET`, S3CRET: 1 }
    t.match(recorded(large), {
      method: 'POST',
      body: { truncated: true, characters: 70_010, start: /^"x{1023}$/ },
      '[secret]': 1
    })
    t.match(recorded('y'.repeat(70_000)), { truncated: true, start: /^"y/ })
    t.match(recorded(Array.from({ length: 70_000 }, () => 1)), { truncated: true })
    const wide = Object.fromEntries(Array.from({ length: 100 }, (_, index) => [`n${index}`, 'z'.repeat(1_000)]))
    t.match(recorded(wide), { truncated: true }, 'many members that are not too large')
    t.ok(isRecordedInPart(recorded(large)))
    t.ok(isRecordedInPart(recorded(wide)))
    t.notOk(isRecordedInPart(small))
    t.notOk(isRecordedInPart(null))
  }
)
