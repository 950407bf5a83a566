import { request as httpRequest } from 'node:http'
import { brotliDecompressSync, gunzipSync } from 'node:zlib'
import t from 'tap'
import { createEchoListener, createToken } from '../fixtures/echo-listener.ts'
import { startSluice } from '../fixtures/sluice.ts'

t.test('large answers are compressed where nothing secret is in them', async (t) => {
  const { client, url } = await startSluice(t)
  const owner = await client.signUp('Ada')
  const as = owner.session
  const listener = await createEchoListener(t, client, owner)
  for (let n = 0; n < 12; n++) await createToken(t, client, owner, { name: `token ${n}` })

  /** The client of other tests reads text, so this one keeps the bytes. */
  const read = (method: string, path: string, headers: Record<string, string> = {}, body?: string) =>
    new Promise<{ status: number; headers: Record<string, unknown>; bytes: Buffer }>((resolve, reject) => {
      const sent = { Authorization: `Bearer ${as}`, 'Accept-Encoding': 'gzip', ...headers }
      httpRequest(url + path, { method, headers: sent, agent: false }, (response) => {
        const chunks: Buffer[] = []
        response.on('data', (chunk: Buffer) => chunks.push(chunk))
        response.on('end', () =>
          resolve({ status: response.statusCode ?? 0, headers: response.headers, bytes: Buffer.concat(chunks) })
        )
      })
        .on('error', reject)
        .end(body)
    })

  await t.test('200: a list, a document and a run read the same as without', async (t) => {
    for (const path of ['/v1/tokens', '/openapi.json', '/v1/flows/schema', '/v1/tokens?limit=12&state=live']) {
      const plain = await read('GET', path, { 'Accept-Encoding': 'identity' })
      t.equal(plain.headers['content-encoding'], undefined, path)
      const gzip = await read('GET', path)
      t.match(gzip.headers, { 'content-encoding': 'gzip', vary: /accept-encoding/i }, path)
      t.ok(gzip.bytes.length < plain.bytes.length / 2, path)
      t.equal(gunzipSync(gzip.bytes).toString(), plain.bytes.toString(), path)
      const br = await read('GET', path, { 'Accept-Encoding': 'gzip;q=0.5, br' })
      t.equal(br.headers['content-encoding'], 'br')
      t.equal(brotliDecompressSync(br.bytes).toString(), plain.bytes.toString(), path)
    }
  })

  await t.test('200: a small answer is left as it is', async (t) => {
    for (const path of ['/v1/account', '/v1/workspaces', '/healthz'])
      t.equal((await read('GET', path)).headers['content-encoding'], undefined, path)
  })

  await t.test('201: an answer that holds a new credential is never compressed', async (t) => {
    const body = JSON.stringify({
      name: 'n'.repeat(100),
      days: 1,
      password: owner.password,
      description: 'd'.repeat(500),
      metadata: Object.fromEntries(Array.from({ length: 10 }, (_, n) => [`key ${n}`, 'v'.repeat(500)]))
    })
    const made = await read('POST', '/v1/tokens', { 'Content-Type': 'application/json' }, body)
    t.equal(made.status, 201, made.bytes.toString())
    t.ok(made.bytes.length > 5_000)
    t.equal(made.headers['content-encoding'], undefined)
  })

  await t.test('200: a page of another site cannot compare the sizes of what it makes a browser read', async (t) => {
    for (const site of ['cross-site', 'same-site'])
      t.equal((await read('GET', '/v1/tokens', { 'Sec-Fetch-Site': site })).headers['content-encoding'], undefined)
    for (const site of ['same-origin', 'none'])
      t.equal((await read('GET', '/v1/tokens', { 'Sec-Fetch-Site': site })).headers['content-encoding'], 'gzip')
  })

  await t.test('200: answers of listeners are theirs', async (t) => {
    const { token } = await createToken(t, client, owner)
    const body = JSON.stringify('x'.repeat(10_000))
    const headers = { Authorization: `Bearer ${token}`, 'Content-Type': 'application/json' }
    const answer = await read('POST', listener.path, headers, body)
    t.equal(answer.status, 200)
    t.equal(answer.headers['content-encoding'], undefined)
  })
})
