import { connect } from 'node:net'
import { text } from 'node:stream/consumers'
import t from 'tap'
import { startSluice } from '../fixtures/sluice.ts'

const { url } = await startSluice(t)

/** Sends these very bytes, and reads until the other side hangs up. */
async function send(
  bytes: string
): Promise<{ head: string; json: { status: number; code: string; requestId: string } }> {
  const socket = connect(Number(new URL(url).port), '127.0.0.1')
  socket.write(bytes)
  const [head = '', body = ''] = (await text(socket)).split('\r\n\r\n')
  return { head, json: JSON.parse(body) }
}

t.test('what is no HTTP is answered with a problem, and the connection ends', async (t) => {
  for (const [status, bytes] of [
    [400, 'GARBAGE\r\n\r\n'],
    [400, 'GET /healthz HTTP/1.1\r\nHost: a\r\nno colon\r\n\r\n'],
    [400, 'POST /v1/sessions HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n'],
    [431, `GET /healthz HTTP/1.1\r\nHost: a\r\nX: ${'a'.repeat(20_000)}\r\n\r\n`]
  ] as const) {
    const { head, json } = await send(bytes)
    t.match(head, new RegExp(`^HTTP/1\\.1 ${status} `), bytes.slice(0, 40))
    t.match(head, /Content-Type: application\/problem\+json/)
    t.match(json, { status, code: 'invalid_request' })
    t.ok(head.includes(`X-Request-Id: ${json.requestId}`))
  }
})

t.test('200: an unknown expectation is left alone', async (t) => {
  t.match(await send('GET /healthz HTTP/1.1\r\nHost: a\r\nExpect: the-unexpected\r\nConnection: close\r\n\r\n'), {
    head: /^HTTP\/1\.1 200 /,
    json: { status: 'ok' }
  })
})
