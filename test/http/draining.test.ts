import { once } from 'node:events'
import { connect } from 'node:net'
import t from 'tap'
import { startSluice } from '../fixtures/sluice.ts'

t.test('200: while it drains every call is answered, no connection is kept, and only readiness says so', async (t) => {
  const { client, drain, url } = await startSluice(t)
  const connectionOf = async (): Promise<string | null> => (await fetch(`${url}/healthz`)).headers.get('connection')
  t.equal(await connectionOf(), 'keep-alive')
  t.equal((await client.call('GET', '/readyz')).status, 200)
  drain()
  const ready = await client.call('GET', '/readyz')
  t.match([ready.status, ready.json], [503, { status: 'not_ready', checks: { serving: 'failing', database: 'ok' } }])
  t.equal(await connectionOf(), 'close')
  const account = await client.signUp('Ada')
  t.equal((await client.call('GET', '/v1/account', { as: account.session })).status, 200)
})

t.test('a call that began before the server closes is answered, and its connection is closed after it', async (t) => {
  const { url, close } = await startSluice(t)
  const socket = connect(Number(new URL(url).port), '127.0.0.1')
  let answered = ''
  socket.on('data', (chunk) => {
    answered += String(chunk)
  })
  const body = '{"email":"nobody@example.com"}'
  // The call is under way: its body is still missing.
  socket.write(
    `POST /v1/sessions HTTP/1.1\r\nHost: localhost\r\nExpect: 100-continue\r\nContent-Type: application/json\r\n` +
      `Content-Length: ${body.length}\r\n\r\n`
  )
  await once(socket, 'data')
  const closed = close()
  socket.write(body)
  await once(socket, 'close')
  await closed
  t.match(answered, /HTTP\/1\.1 400 [\s\S]*"code":"validation_failed"/)
  t.notMatch(answered, /HTTP\/1\.1 503/)
})
