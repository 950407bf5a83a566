import t from 'tap'
import { JSON_DEPTH_LIMIT, refuseDeepJson } from '../../src/lib/json.ts'

const nested = (depth: number, open: string, close: string): string => open.repeat(depth) + '1' + close.repeat(depth)

t.test('the limit itself passes, one more is refused, 100,000 too', async (t) => {
  t.doesNotThrow(() => refuseDeepJson(nested(JSON_DEPTH_LIMIT, '[', ']')))
  t.throws(() => refuseDeepJson(nested(JSON_DEPTH_LIMIT + 1, '[', ']')), { code: 'invalid_request' })
  t.throws(() => refuseDeepJson(nested(100_000, '{"a":', '}')), { code: 'invalid_request' })
})

t.test('brackets in text, and many that are not nested, do not count', async (t) => {
  t.doesNotThrow(() => refuseDeepJson(JSON.stringify({ text: '[{'.repeat(500), escaped: '"[\\'.repeat(500) })))
  t.doesNotThrow(() => refuseDeepJson(`[${'[],'.repeat(1000)}[]]`))
})
