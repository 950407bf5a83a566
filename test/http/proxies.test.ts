import { spawn, spawnSync } from 'node:child_process'
import { mkdtempSync, readFileSync, writeFileSync } from 'node:fs'
import { connect } from 'node:net'
import { tmpdir } from 'node:os'
import path from 'node:path'
import t, { type Test } from 'tap'
import { FAULTS } from '../../src/lib/fault.ts'
import { reservePort } from '../fixtures/reserve-port.ts'
import { createEchoListener, createToken } from '../fixtures/echo-listener.ts'
import { startSluice } from '../fixtures/sluice.ts'
import { until } from '../fixtures/until.ts'

const installed = (program: string, flag: string): boolean => spawnSync(program, [flag]).status === 0
const sluice = await startSluice(t, { trustProxy: ['127.0.0.0/8'] })
const { client } = sluice
const owner = await client.signUp('Ada')
let token = ''
let listener = { id: '', path: '' }
await t.test('control: the token calls the listener', async (t) => {
  token = (await createToken(t, client, owner)).token
  listener = await createEchoListener(t, client, owner)
  t.equal((await client.call('GET', listener.path, { as: token })).status, 200)
})
const basic = `Basic ${Buffer.from(`${owner.email}:${owner.password}`).toString('base64')}`

interface Answer {
  status: number
  head: string
  json: any
}

/** Sends these very lines; a client library would drop or join some of them. */
function send(port: number, lines: readonly string[], target = listener.path, body = ''): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const socket = connect(port, '127.0.0.1')
    let text = ''
    const method = body === '' ? 'GET' : 'POST'
    const length = body === '' ? [] : [`Content-Length: ${body.length}`, 'Content-Type: text/plain']
    socket.on('data', (chunk) => (text += chunk.toString('latin1')))
    socket.on('error', reject)
    socket.on('close', () => {
      const [head = '', ...rest] = text.split('\r\n\r\n')
      let json: unknown
      try {
        json = JSON.parse(rest.join('\r\n\r\n').replace(/^[0-9a-f]+\r\n|\r\n0$/g, ''))
      } catch {
        json = undefined
      }
      resolve({ status: Number(head.split(' ')[1]), head, json })
    })
    socket.write(
      [
        `${method} ${target} HTTP/1.1`,
        'Host: gateway.example',
        'Connection: close',
        ...length,
        ...lines,
        '',
        body
      ].join('\r\n')
    )
  })
}

async function listens(port: number): Promise<void> {
  await until(
    () =>
      new Promise<boolean>((resolve) => {
        const socket = connect(port, '127.0.0.1')
        socket.on('connect', () => resolve(true)).on('error', () => resolve(false))
        socket.on('connect', () => socket.destroy())
      }),
    30_000,
    'the proxy listens'
  )
}

async function passesEveryCarrier(t: Test, port: number): Promise<void> {
  for (const [carrier, lines, target] of [
    ['Authorization: Bearer', [`Authorization: Bearer ${token}`]],
    ['Authorization: Basic', [`Authorization: ${basic}`]],
    ['access_token', [`access_token: ${token}`]],
    ['jwt_token', [`jwt_token: ${token}`]],
    ['query access_token', [], `${listener.path}?access_token=${token}`],
    ['query token', [], `${listener.path}?token=${token}`],
    ['query jwt_token', [], `${listener.path}?jwt_token=${token}`]
  ] as const)
    t.equal((await send(port, lines, target)).status, 200, carrier)
  const two = await send(port, [`access_token: ${token}`, `Authorization: Bearer ${token}`])
  t.match(two, { status: 400, json: { code: 'invalid_request' } }, 'two carriers are seen as two')
  const addressed = await send(port, [`access_token: ${token}`, 'X-Forwarded-For: 203.0.113.9'])
  t.equal(addressed.json.headers['x-forwarded-for'], '127.0.0.1', 'a caller cannot choose its address')
}

t.test('nginx, as it is shipped', { skip: installed('nginx', '-v') ? false : 'nginx is not installed' }, async (t) => {
  const folder = mkdtempSync(path.join(tmpdir(), 'sluice-nginx-'))
  const port = await reservePort()
  const shipped = readFileSync(path.join(import.meta.dirname, '../../docker/nginx.conf'), 'utf8')
  const config = shipped
    .replace(/server gateway-1:\d+ [^;]*;/, `server ${new URL(sluice.url).host};`)
    .replace(/^ *server gateway-2.*\n/m, '')
    .replace('listen 8080;', `listen 127.0.0.1:${port};`)
    .replace(/error_log [^;]*;/, `error_log ${folder}/error crit; pid ${folder}/pid;`)
    .replace(/access_log [^;]*;/, 'access_log off;')
    .replace('worker_processes auto', 'worker_processes 1')
  writeFileSync(path.join(folder, 'nginx.conf'), `daemon off;\n${config}`)
  const nginx = spawn('nginx', ['-c', path.join(folder, 'nginx.conf'), '-p', folder], { stdio: 'ignore' })
  t.teardown(() => nginx.kill())
  await listens(port)

  await passesEveryCarrier(t, port)
  const bearer = `Authorization: Bearer ${token}`
  for (const [what, status, answer] of [
    ['two Authorization headers', 400, await send(port, [bearer, bearer])],
    ['a header of 9 kB', 401, await send(port, [`Authorization: Bearer ${'e'.repeat(9_000)}`])],
    ['a header of 20 kB', 431, await send(port, [`Authorization: Bearer ${'e'.repeat(20_000)}`])],
    ['a header without a name', 400, await send(port, ['no colon'])],
    ['12 MB', 413, await send(port, [bearer], listener.path, 'x'.repeat(12_000_000))]
  ] as const) {
    t.equal(answer.status, status, what)
    t.match(answer.head, /content-type: application\/problem\+json/i, what)
    t.match(answer.head, /x-request-id: /i, what)
  }
  t.equal((await send(port, [bearer], listener.path, 'x'.repeat(3_000_000))).status, 200, '3 MB')
  const patience = Number(/proxy_read_timeout (\d+)s/.exec(shipped)?.[1])
  t.ok(patience > 300, 'it waits longer than a listener may take')
  const titles = [...shipped.matchAll(/urn:sluice:problem:(\w+)","title":"([^"]+)"/g)]
  for (const [, code, title] of titles) t.equal(FAULTS[code as keyof typeof FAULTS].title, title, String(code))
})

t.test('HAProxy', { skip: installed('haproxy', '-v') ? false : 'HAProxy is not installed' }, async (t) => {
  const folder = mkdtempSync(path.join(tmpdir(), 'sluice-haproxy-'))
  const port = await reservePort()
  const documented = readFileSync(path.join(import.meta.dirname, '../../docs/proxies.md'), 'utf8')
  const [, config = ''] = /```haproxy\n([\s\S]+?)```/.exec(documented) ?? []
  writeFileSync(
    path.join(folder, 'haproxy.cfg'),
    config
      .replace('bind :8080', `bind 127.0.0.1:${port}`)
      .replace(/server gateway-1 \S+/, `server gateway-1 ${new URL(sluice.url).host}`)
      .replace(/^ *server gateway-2.*\n/m, '')
  )
  const haproxy = spawn('haproxy', ['-f', path.join(folder, 'haproxy.cfg')], { stdio: 'ignore' })
  t.teardown(() => haproxy.kill())
  await listens(port)
  await passesEveryCarrier(t, port)
})
