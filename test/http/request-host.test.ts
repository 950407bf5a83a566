import { connect } from 'node:net'
import { text } from 'node:stream/consumers'
import t from 'tap'
import { startSluice } from '../fixtures/sluice.ts'

/** Sends a request with these headers and nothing else. */
async function send(url: string, path: string, ...headers: string[]): Promise<{ status: number; body: string }> {
  const socket = connect(Number(new URL(url).port), '127.0.0.1')
  socket.write(`GET ${path} HTTP/1.1\r\n${headers.join('\r\n')}\r\nConnection: close\r\n\r\n`)
  const answer = await text(socket)
  return { status: Number(answer.split(' ')[1]), body: answer.slice(answer.indexOf('\r\n\r\n') + 4) }
}

t.test('a gateway on loopback', async (t) => {
  const { url } = await startSluice(t, { publicUrl: 'https://gateway.example' })

  await t.test('400: a foreign Host is refused everywhere but at the probes, with a hint at PUBLIC_URL', async (t) => {
    for (const path of ['/metrics', '/console', '/v1/self', '/openapi.json', '/nowhere', '/v1/dynamic/listener/lsn_1'])
      for (const host of [
        'evil.test',
        'evil.test:2020',
        '192.0.2.1',
        '0.0.0.0',
        'localhost.evil.test',
        'a@localhost',
        ''
      ]) {
        const { status, body } = await send(url, path, `Host: ${host}`)
        t.equal(status, 400, `${path} ${host}`)
        t.match(JSON.parse(body), {
          code: 'invalid_request',
          detail: host.includes('@') || host === '' ? /one Host header/ : /PUBLIC_URL/
        })
      }
    for (const path of ['/healthz', '/readyz']) t.equal((await send(url, path, 'Host: evil.test')).status, 200, path)
  })

  await t.test('names of this machine and that of PUBLIC_URL are its own, on every port', async (t) => {
    const own = ['127.0.0.1', '127.9.9.9:1', 'localhost', 'LOCALHOST:2020', 'app.localhost', '[::1]:80']
    for (const host of [...own, 'gateway.example', 'Gateway.Example:443'])
      t.equal((await send(url, '/openapi.json', `Host: ${host}`)).status, 200, host)
  })

  await t.test('400: two Host headers are refused, also at the probes', async (t) => {
    for (const path of ['/healthz', '/v1/self', '/nowhere'])
      t.equal((await send(url, path, 'Host: localhost', 'host: localhost')).status, 400, path)
  })
})

t.test('behind a trusted proxy the proxy decides about names', async (t) => {
  const { url } = await startSluice(t, { trustProxy: ['127.0.0.1'] })
  t.equal((await send(url, '/openapi.json', 'Host: any.example')).status, 200)
  t.equal((await send(url, '/openapi.json', 'Host: any.example', 'Host: any.example')).status, 400)
})
