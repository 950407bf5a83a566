import t from 'tap'
import { startSluice } from '../fixtures/sluice.ts'

t.test('400: a body that is no JSON is told apart from one that does not fit', async (t) => {
  const { client } = await startSluice(t)
  const send = (raw: string) =>
    client.call('POST', '/v1/sessions', { raw, headers: { 'Content-Type': 'application/json' } })
  for (const raw of ['{', '{"email":}', 'nonsense', '{}{}']) {
    t.match(
      await send(raw),
      { status: 400, json: { code: 'invalid_request', detail: 'The body is not valid JSON.' } },
      raw
    )
  }
  t.match(await send('{}'), {
    status: 400,
    json: { code: 'validation_failed', errors: [{ pointer: '/email' }, { pointer: '/password' }] }
  })
})
