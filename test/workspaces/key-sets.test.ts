import { generateKeyPairSync } from 'node:crypto'
import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import t, { type Test } from 'tap'
import { customerToken, signingWorkspace } from '../fixtures/customer-token.ts'
import { startSluice } from '../fixtures/sluice.ts'
import {
  KEY_SET_FIRST_RETRY_MS,
  KEY_SET_MAX_AGE_MS,
  KEY_SET_MAX_STALE_MS,
  KEY_SET_RETRY_MS
} from '../../src/workspaces/key-sets.ts'

interface Pair {
  kid: string
  jwk: object
  sign(id?: string, kid?: string | null): string
}

/** A customer's back end that publishes its keys, and can be down. */
async function startPublisher(t: Test) {
  const state = {
    keys: [] as object[],
    answer: undefined as string | undefined,
    status: 200,
    requests: 0,
    held: undefined as Promise<void> | undefined
  }
  const server = createServer((_request, response) => {
    state.requests++
    void (state.held ?? Promise.resolve()).then(() => {
      response
        .writeHead(state.status, { 'content-type': 'application/json' })
        .end(state.answer ?? JSON.stringify({ keys: state.keys }))
    })
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  t.teardown(
    () =>
      new Promise<void>((resolve) => {
        server.close(() => resolve())
        server.closeAllConnections()
      })
  )
  return { state, uri: `http://127.0.0.1:${port}/jwks.json` }
}

const sluice = await startSluice(t, { egressAllow: ['127.0.0.1'] })
const { client, clock } = sluice
const owner = await client.signUp('Ada')
const status = async (token: string) => (await client.call('GET', '/v1/self', { as: token })).status

async function published(t: Test) {
  const publisher = await startPublisher(t)
  const workspace = await signingWorkspace(client, owner, 'Published')
  const changed = await client.call('PATCH', `/v1/workspaces/${workspace.id}`, {
    as: owner.session,
    body: { jwksUri: publisher.uri }
  })
  t.equal(changed.status, 200, changed.text)
  t.equal(publisher.state.requests, 0, 'nothing is fetched before a token needs it')
  const pair = (kid: string): Pair => {
    const { publicKey, privateKey } = generateKeyPairSync('ed25519')
    return {
      kid,
      jwk: { ...publicKey.export({ format: 'jwk' }), kid, use: 'sig', alg: 'EdDSA' },
      sign: (id = 'p', named = kid) =>
        customerToken({ iss: workspace.key, id, exp: Math.floor(clock.now() / 1000) + 3600 * 50 }, privateKey, {
          alg: 'EdDSA',
          ...(named === null ? {} : { kid: named })
        })
    }
  }
  return { ...publisher, workspace, pair }
}

t.test('200: one request for many callers, and none for those after', async (t) => {
  const { state, pair } = await published(t)
  const key = pair('one')
  state.keys = [key.jwk]
  const gate = Promise.withResolvers<void>()
  state.held = gate.promise
  const calls = Array.from({ length: 20 }, (_, index) => status(key.sign(`u${index}`)))
  gate.resolve()
  t.ok((await Promise.all(calls)).every((code) => code === 200))
  t.equal(await status(key.sign('again')), 200)
  t.equal(await status(key.sign('no kid', null)), 200)
  t.equal(state.requests, 1)
})

t.test('a kid that is not in the set: asked for at most once a minute', async (t) => {
  const { state, pair } = await published(t)
  const [first, second] = [pair('first'), pair('second')]
  state.keys = [first.jwk]
  t.equal(await status(first.sign()), 200)
  state.keys = [first.jwk, second.jwk]
  t.equal(await status(second.sign()), 401)
  for (const kid of ['a', 'b', 'c']) t.equal(await status(pair(kid).sign()), 401)
  t.equal(state.requests, 1)
  clock.advance(KEY_SET_RETRY_MS)
  t.equal(await status(second.sign()), 200)
  t.equal(await status(pair('d').sign()), 401)
  t.equal(state.requests, 2)
})

t.test('401: a key that is gone from the set, once the set is asked for again', async (t) => {
  const { state, pair } = await published(t)
  const [kept, gone] = [pair('kept'), pair('gone')]
  state.keys = [kept.jwk, gone.jwk]
  const [keptToken, goneToken] = [kept.sign(), gone.sign()]
  for (const token of [keptToken, goneToken]) t.equal(await status(token), 200)
  state.keys = [kept.jwk]
  clock.advance(KEY_SET_MAX_AGE_MS + 1)
  t.equal(await status(goneToken), 401, 'what was verified before does not outlive it')
  t.equal(await status(keptToken), 200)
  t.equal(state.requests, 2)
})

t.test('while the host is down or talks nonsense, the keys that were had go on, for a day', async (t) => {
  const { state, pair } = await published(t)
  const key = pair('lasting')
  state.keys = [key.jwk]
  const token = key.sign()
  t.equal(await status(token), 200)
  for (const [what, change] of Object.entries({
    down: { status: 503 },
    nonsense: { status: 200, answer: '<html>' },
    gone: { status: 404 }
  })) {
    Object.assign(state, change)
    clock.advance(KEY_SET_MAX_AGE_MS + 1)
    t.equal(await status(token), 200, what)
  }
  const before = state.requests
  for (let call = 0; call < 5; call++) await status(token)
  t.equal(state.requests, before, 'its host is not asked with every call')
  clock.advance(KEY_SET_MAX_STALE_MS)
  t.equal(await status(token), 401)
})

t.test('a set that was never had: 503 while its host gives no answer, and then it is had', async (t) => {
  const { state, pair } = await published(t)
  const key = pair('late')
  state.status = 503
  t.equal(await status(key.sign()), 503)
  state.status = 200
  state.keys = [key.jwk]
  t.equal(await status(key.sign()), 503, 'it is not asked with every call')
  clock.advance(KEY_SET_FIRST_RETRY_MS)
  t.equal(await status(key.sign()), 200)
})

t.test("401: a set with a private key is nobody's word any more", async (t) => {
  const { state, pair } = await published(t)
  const key = pair('leaked')
  state.keys = [key.jwk]
  const token = key.sign()
  t.equal(await status(token), 200)
  state.keys = [key.jwk, { ...generateKeyPairSync('ed25519').privateKey.export({ format: 'jwk' }), kid: 'private' }]
  clock.advance(KEY_SET_MAX_AGE_MS + 1)
  t.equal(await status(token), 401)
})

t.test('a published key takes the place of no registered one, and signs no HMAC', async (t) => {
  const { state, pair, workspace } = await published(t)
  const [registered, usurper] = [pair('shared'), pair('shared')]
  const added = await client.call('POST', `/v1/workspaces/${workspace.id}/public-keys`, {
    as: owner.session,
    body: { name: 'k', publicKey: registered.jwk }
  })
  t.equal(added.status, 201, added.text)
  state.keys = [usurper.jwk]
  t.equal(await status(registered.sign()), 200)
  t.equal(await status(usurper.sign()), 401)
  t.equal(await status(usurper.sign('p', null)), 401)
  t.equal(await status(workspace.sign({ id: 'by secret', exp: Math.floor(clock.now() / 1000) + 600 })), 200)
})
