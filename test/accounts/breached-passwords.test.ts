import { createHash } from 'node:crypto'
import { createServer, type RequestListener, type IncomingMessage } from 'node:http'
import type { AddressInfo } from 'node:net'
import t, { type Test } from 'tap'
import {
  BREACH_LIST_AT_ONCE,
  BREACH_LIST_BYTES_MAX,
  createBreachedPasswords
} from '../../src/accounts/breached-passwords.ts'
import { Secret } from '../../src/lib/secret.ts'
import { createTestClock } from '../fixtures/clock.ts'
import { reservePort } from '../fixtures/reserve-port.ts'
import { codeOf } from '../fixtures/members.ts'
import { startSluice } from '../fixtures/sluice.ts'

const BREACHED = 'correct horse battery'
const digest = createHash('sha1').update(BREACHED).digest('hex').toUpperCase()
const [prefix, suffix] = [digest.slice(0, 5), digest.slice(5)]
const OTHER = `${'0'.repeat(34)}1`

async function listOf(t: Test, answer: RequestListener): Promise<{ url: string; requests: IncomingMessage[] }> {
  const requests: IncomingMessage[] = []
  const server = createServer((request, response) => {
    requests.push(request)
    answer(request, response)
  })
  await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening))
  t.teardown(() => {
    server.closeAllConnections()
    server.close()
  })
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/range`, requests }
}

function askedFrom(url: string | undefined, timeoutMs?: number) {
  const clock = createTestClock()
  const lines: unknown[] = []
  const list = createBreachedPasswords({
    url,
    clock,
    log: { warn: (...line: unknown[]) => lines.push(line) },
    ...(timeoutMs === undefined ? {} : { timeoutMs })
  })
  return { clock, lines, has: (password: string) => list.has(new Secret(password)) }
}

t.test('the list learns 5 characters of a digest, and answers for the whole of it', async (t) => {
  let body = `${OTHER}:3\r\n${suffix}:52\r\n`
  const { url, requests } = await listOf(t, (_request, response) => response.end(body))
  const { has, lines } = askedFrom(url)
  t.equal(await has(BREACHED), true)
  t.equal(await has('correct\u00a0horse battery'), true, 'the same text typed on another keyboard')
  t.equal(await has('another pass phrase'), false)
  t.equal(requests[0]?.url, `/range/${prefix}`)
  t.equal(requests[0]?.headers['add-padding'], 'true')
  for (const { url: path, headers, method } of requests) {
    t.equal(method, 'GET')
    t.notOk(`${path} ${JSON.stringify(headers)}`.includes(suffix), 'nothing that tells which password it is')
    t.match(path, /^\/range\/[0-9A-F]{5}$/)
  }
  body = `${suffix}:0\n`
  t.equal(await has(BREACHED), false, 'padding counts 0')
  body = `${suffix.toLowerCase()}:1`
  t.equal(await has(BREACHED), true)
  t.same(lines, [])
  t.equal(await askedFrom(undefined).has(BREACHED), false, 'without a URL nothing is asked')
})

t.test('a list that does not answer rightly leaves passwords unchecked, with one line a minute', async (t) => {
  const right = `${suffix}:52\n`
  const waiting: (() => void)[] = []
  const { url } = await listOf(t, ({ url: path = '' }, response) => {
    if (path.startsWith('/range/down')) return response.writeHead(503).end(right)
    if (path.startsWith('/range/moved')) return response.writeHead(302, { Location: `/range/${prefix}` }).end()
    if (path.startsWith('/range/long')) return response.end('x'.repeat(BREACH_LIST_BYTES_MAX + 1) + right)
    if (path.startsWith('/range/words')) return response.end('<html>52</html>')
    return waiting.push(() => response.end(right))
  })
  for (const [place, why] of [
    ['down', /^status 503$/],
    ['moved', /redirect|fetch failed/],
    ['long', /bytes$/],
    ['hangs', /^timeout$/]
  ] as const) {
    const { has, lines } = askedFrom(`${url}/${place}`, place === 'hangs' ? 50 : 5_000)
    t.equal(await has(BREACHED), false, place)
    t.match(lines, [[{ why, leftOut: 0 }, /accepted without checking/]], place)
    t.notOk(JSON.stringify(lines).includes(prefix), 'and no part of a digest in it')
  }
  t.equal(await askedFrom(`${url}/words`).has(BREACHED), false)

  const refused = askedFrom(`http://127.0.0.1:${await reservePort()}/range`)
  for (let time = 0; time < 3; time++) t.equal(await refused.has(BREACHED), false)
  t.match(refused.lines, [[{ why: 'ECONNREFUSED', leftOut: 0 }]])
  refused.clock.advance(60_000)
  await refused.has(BREACHED)
  t.match(refused.lines[1], [{ leftOut: 2 }])

  waiting.length = 0
  const crowded = askedFrom(`${url}/crowd`)
  const crowd = Array.from({ length: BREACH_LIST_AT_ONCE }, () => crowded.has(BREACHED))
  t.equal(await crowded.has(BREACHED), false, 'one beyond the limit does not wait')
  t.match(crowded.lines, [[{ why: 'too many questions at once' }]])
  while (waiting.length < BREACH_LIST_AT_ONCE) await new Promise((done) => setImmediate(done))
  for (const answer of waiting) answer()
  t.same(new Set(await Promise.all(crowd)), new Set([true]))
})

t.test('400: a breached password is refused wherever one is chosen, while one that is set keeps working', async (t) => {
  let body = ''
  const { url } = await listOf(t, (_request, response) => response.end(body))
  const { client, logged } = await startSluice(t, { passwordBreachUrl: url })
  const root = await client.signUp()
  const signUp = (email: string) =>
    client.call('POST', '/v1/accounts', { body: { email, password: BREACHED, name: 'Ada' } })
  t.equal((await signUp('early@example.com')).status, 201)
  body = `${suffix}:52\n`
  const refused = (pointer: string) => ({
    status: 400,
    json: { code: 'validation_failed', errors: [{ pointer, message: /breaches/ }] }
  })
  t.match(await signUp('ada@example.com'), refused('/password'))
  t.equal(
    (await client.call('POST', '/v1/sessions', { body: { email: 'early@example.com', password: BREACHED } })).status,
    201
  )
  t.match(
    await client.call('POST', '/v1/account/password', {
      as: root.session,
      body: { password: root.password, newPassword: BREACHED }
    }),
    refused('/newPassword')
  )
  const { link } = (
    await client.call('POST', '/v1/admin/accounts', {
      as: root.session,
      body: { email: 'grace@example.com', name: 'Grace', password: root.password }
    })
  ).json
  const choose = (password: string) => client.call('POST', `/v1/links/${codeOf(link)}`, { body: { password } })
  t.match(await choose(BREACHED), refused('/password'))
  t.equal((await choose('a long pass phrase')).status, 200, 'the refusal did not use the link up')
  t.notOk(logged().includes(BREACHED))
})
