import { once } from 'node:events'
import { createServer, type Server } from 'node:http'
import { setImmediate as nextTurn } from 'node:timers/promises'
import t, { type Test } from 'tap'
import { createEgress, EgressError, type EgressLookup, type EgressRequest } from '../../../src/platform/egress/index.ts'
import { hostileHosts, ipv4Spellings, OTHER_SPELLINGS, PRIVATE_ADDRESSES } from '../../fixtures/private-spellings.ts'
import { startUpstream } from '../../fixtures/upstream.ts'

/** What must not be reached: answers on every interface, over IPv4 and IPv6, and counts who got through. */
async function startCanary(
  t: Test,
  host = '::',
  port = 0
): Promise<{ port: number; hits: string[]; connections: () => number }> {
  const hits: string[] = []
  let connections = 0
  const server: Server = createServer((request, response) => {
    hits.push(`${request.headers.host}`)
    response.end('canary')
  })
  server.on('connection', () => connections++)
  server.listen(port, host)
  await once(server, 'listening')
  t.teardown(() => server.close())
  const address = server.address()
  if (address === null || typeof address === 'string') throw new Error('no port')
  return { port: address.port, hits, connections: () => connections }
}

/** Answers each name from a table; what is not in it does not exist. */
function tableLookup(table: (hostname: string) => readonly string[] | undefined): EgressLookup & { calls: string[] } {
  const calls: string[] = []
  const lookup: EgressLookup = (hostname, _options, callback) => {
    calls.push(hostname)
    const addresses = table(hostname)
    if (addresses === undefined) return callback(Object.assign(new Error('absent'), { code: 'ENOTFOUND' }), [])
    callback(
      null,
      addresses.map((address) => ({ address, family: address.includes(':') ? 6 : 4 }))
    )
  }
  return Object.assign(lookup, { calls })
}

const localNames = (hostname: string): string[] | undefined =>
  hostname.replace(/\.$/, '').endsWith('localhost') ? ['127.0.0.1'] : undefined

async function outcome(
  egress: { request(request: EgressRequest): Promise<{ body: Buffer }> },
  request: EgressRequest
): Promise<string> {
  try {
    const { body } = await egress.request(request)
    return `answered ${body.toString()}`
  } catch (error) {
    if (error instanceof EgressError) return error.code
    throw error
  }
}

t.test('no spelling of a private address reaches it from a URL', async (t) => {
  const canary = await startCanary(t)
  const egress = createEgress({ allow: [], lookup: tableLookup(localNames), limits: { connectTimeoutMs: 1000 } })
  t.teardown(() => egress.close())
  const hosts = hostileHosts()
  t.ok(hosts.length >= 300, `${hosts.length} spellings`)
  const counts: Record<string, number> = {}
  for (const host of hosts) {
    const code = await outcome(egress, { method: 'GET', url: `http://${host}:${canary.port}/` })
    counts[code] = (counts[code] ?? 0) + 1
    t.match(code, /^(?:refused|invalid_url|dns)$/, JSON.stringify(host))
  }
  t.same(canary.hits, [])
  t.equal(canary.connections(), 0)
  t.ok((counts['refused'] ?? 0) >= 200, `most are read as an address and refused: ${JSON.stringify(counts)}`)
})

t.test('control: the loopback spellings do reach it once the operator allows their ranges', async (t) => {
  const canary = await startCanary(t)
  const egress = createEgress({
    allow: ['127.0.0.0/8', '0.0.0.0/8', '::1/128', '::/128', '::ffff:0:0/96'],
    lookup: tableLookup(localNames),
    limits: { connectTimeoutMs: 1000 }
  })
  t.teardown(() => egress.close())
  for (const host of [...ipv4Spellings('127.0.0.1'), ...OTHER_SPELLINGS])
    await outcome(egress, { method: 'GET', url: `http://${host}:${canary.port}/` })
  t.ok(canary.hits.length >= 50, `${canary.hits.length} reached it, so that the test above could fail`)
})

t.test('no private address reaches it as an answer of DNS, alone or among public ones', async (t) => {
  const canary = await startCanary(t)
  let answer: readonly string[] = []
  const egress = createEgress({ allow: [], lookup: tableLookup(() => answer) })
  t.teardown(() => egress.close())
  for (const address of PRIVATE_ADDRESSES) {
    for (const addresses of [
      [address],
      ['93.184.216.34', address],
      [address, '93.184.216.34'],
      ['2606:4700:4700::1111', '93.184.216.34', address]
    ]) {
      answer = addresses
      t.equal(
        await outcome(egress, { method: 'GET', url: `http://public.example:${canary.port}/` }),
        'refused',
        addresses.join(' ')
      )
    }
  }
  t.equal(canary.connections(), 0)
})

t.test('no redirect leads to a private address', async (t) => {
  const canary = await startCanary(t)
  const upstream = await startUpstream()
  t.teardown(() => upstream.close())
  const egress = createEgress({ allow: [`127.0.0.1:${upstream.port}`], lookup: tableLookup(localNames) })
  t.teardown(() => egress.close())
  for (const host of hostileHosts()) {
    // A header carries ASCII; the URL parser undoes this escape in a host.
    const location = `http://${host}:${canary.port}/`.replaceAll(/[^\x21-\x7e]/gu, encodeURIComponent)
    const url = `${upstream.url}/redirect?to=${encodeURIComponent(location)}&status=307`
    t.match(
      await outcome(egress, { method: 'GET', url, redirect: 'follow' }),
      /^(?:refused|invalid_url|dns|protocol)$/,
      JSON.stringify(host)
    )
  }
  t.equal(canary.connections(), 0)
  t.equal(upstream.requests.length, hostileHosts().length, 'each one was really redirected')
})

t.test('an exact host and port is reached, and no other port or name of the same machine', async (t) => {
  const canary = await startCanary(t, '127.0.0.1')
  const other = await startCanary(t, '127.0.0.1')
  const egress = createEgress({
    allow: [`127.0.0.1:${canary.port}`, `erp.internal:${canary.port}`],
    lookup: tableLookup(() => ['127.0.0.1'])
  })
  t.teardown(() => egress.close())
  t.equal(await outcome(egress, { method: 'GET', url: `http://127.0.0.1:${canary.port}/` }), 'answered canary')
  t.equal(await outcome(egress, { method: 'GET', url: `http://erp.internal:${canary.port}/` }), 'answered canary')
  t.equal(await outcome(egress, { method: 'GET', url: `http://127.0.0.1:${other.port}/` }), 'refused')
  t.equal(await outcome(egress, { method: 'GET', url: `http://erp.internal:${other.port}/` }), 'refused')
  t.equal(await outcome(egress, { method: 'GET', url: `http://evil.example:${canary.port}/` }), 'refused')
  t.equal(await outcome(egress, { method: 'GET', url: `http://[::ffff:127.0.0.1]:${canary.port}/` }), 'refused')
  t.equal(canary.hits.length, 2)
  t.equal(other.connections(), 0)
})

t.test('over IPv6 too', async (t) => {
  const canary = await startCanary(t, '::1')
  const egress = createEgress({ allow: [`[::1]:${canary.port}`] })
  t.teardown(() => egress.close())
  t.equal(await outcome(egress, { method: 'GET', url: `http://[::1]:${canary.port}/` }), 'answered canary')
  t.equal(await outcome(egress, { method: 'GET', url: `http://[::1]:${canary.port + 1}/` }), 'refused')
  t.equal(
    await outcome(egress, { method: 'GET', url: `http://localhost:${canary.port}/` }),
    'refused',
    'by the real look-up'
  )
})

t.test(
  'rebinding: a name is resolved once a connection, and the answer that was judged is the one connected to',
  async (t) => {
    const fine = await startCanary(t, '127.0.0.2')
    const victim = await startCanary(t, '127.0.0.1', fine.port)
    let round = 0
    const lookup = tableLookup(() => (round++ === 0 ? ['127.0.0.2'] : ['127.0.0.1']))
    const egress = createEgress({ allow: ['127.0.0.2/32'], lookup })
    t.teardown(() => egress.close())
    const url = `http://rebinding.example:${fine.port}/`
    t.equal(await outcome(egress, { method: 'GET', url, headers: {} }), 'answered canary')
    t.same(lookup.calls, ['rebinding.example'], 'one look-up')
    // The client takes a connection back in the next turn of the event loop.
    await nextTurn()
    t.equal(await outcome(egress, { method: 'GET', url }), 'answered canary', 'over the connection that was judged')
    // After HEAD the client closes the connection, so that the next call needs a new one.
    await nextTurn()
    await egress.request({ method: 'HEAD', url })
    t.equal(await outcome(egress, { method: 'GET', url }), 'refused', 'a new connection is judged anew')
    t.equal(victim.connections(), 0)
    t.equal(fine.hits.length, 3)
  }
)

t.test('at connect: a socket that ended up at a private address is closed before a byte is sent', async (t) => {
  const canary = await startCanary(t, '127.0.0.1')
  let reads = 0
  // An answer that says one thing to whoever asks first, and another to whoever asks next.
  const twoFaced = {
    family: 4,
    get address() {
      return reads++ === 0 ? '93.184.216.34' : '127.0.0.1'
    }
  }
  const egress = createEgress({ allow: [], lookup: (_hostname, _options, callback) => callback(null, [twoFaced]) })
  t.teardown(() => egress.close())
  t.equal(
    await outcome(egress, { method: 'POST', url: `http://two-faced.example:${canary.port}/`, body: 'secret' }),
    'refused'
  )
  t.equal(canary.connections(), 1, 'it did connect')
  t.same(canary.hits, [])
})

t.test('a metadata name is refused whatever it resolves to, unless the operator names it', async (t) => {
  const canary = await startCanary(t, '127.0.0.1')
  const lookup = tableLookup(() => ['93.184.216.34'])
  const egress = createEgress({ allow: ['127.0.0.0/8'], lookup })
  t.teardown(() => egress.close())
  t.equal(await outcome(egress, { method: 'GET', url: 'http://metadata.google.internal/' }), 'refused')
  t.same(lookup.calls, [], 'before it is looked up')
  const opened = createEgress({ allow: ['metadata.google.internal'], lookup: tableLookup(() => ['127.0.0.1']) })
  t.teardown(() => opened.close())
  t.equal(
    await outcome(opened, { method: 'GET', url: `http://metadata.google.internal:${canary.port}/` }),
    'answered canary'
  )
})

t.test(
  'other schemes, credentials in the URL and unreadable URLs are turned away before anything is looked up',
  async (t) => {
    const lookup = tableLookup(() => ['127.0.0.1'])
    const egress = createEgress({ allow: ['example.com'], lookup })
    t.teardown(() => egress.close())
    for (const url of [
      'file:///etc/passwd',
      'ftp://example.com/',
      'gopher://example.com/',
      'data:text/plain,x',
      'ws://example.com/',
      'javascript:1',
      'blob:http://example.com/x',
      'unix:/run/x'
    ]) {
      t.equal(await outcome(egress, { method: 'GET', url }), 'refused', url)
    }
    for (const url of [
      '',
      'example.com',
      '/path',
      '//example.com/',
      'http://',
      'http://exa mple/',
      'http://[::1',
      'http://example.com:0/',
      'http://example.com:99999/',
      'http://user@example.com/',
      'http://:secret@example.com/',
      `http://example.com/${'x'.repeat(17000)}`
    ]) {
      t.equal(await outcome(egress, { method: 'GET', url }), 'invalid_url', url.slice(0, 40))
    }
    t.same(lookup.calls, [])
  }
)

t.test('messages name the host and nothing that its author did not write', async (t) => {
  const egress = createEgress({ allow: [], lookup: tableLookup(() => ['10.11.12.13']) })
  t.teardown(() => egress.close())
  for (const url of ['http://internal.example/path?token=s3cret', 'http://name:s3cret@internal.example/']) {
    const error = await egress.request({ method: 'GET', url }).catch((error: unknown) => error)
    const message = error instanceof EgressError ? error.message : 'answered'
    t.match(message, 'internal.example')
    t.notMatch(message, /s3cret|10\.11|path|private/)
  }
})
