import { generateKeyPairSync } from 'node:crypto'
import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import t, { type Test } from 'tap'
import { customerToken, signingWorkspace } from '../fixtures/customer-token.ts'
import { startSluice } from '../fixtures/sluice.ts'
import { createEgress } from '../../src/platform/egress/index.ts'
import {
  createKeySets,
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

/** A customer's back end that publishes its keys and can be switched off. */
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
  // The tests before this one let more than a day pass, which ends a session.
  await client.signIn(owner)
  const publisher = await startPublisher(t)
  const workspace = await signingWorkspace(client, owner, 'Published')
  const changed = await client.call('PATCH', `/v1/workspaces/${workspace.id}`, {
    as: owner.session,
    body: { jwksUri: publisher.uri }
  })
  t.equal(changed.status, 200, changed.text)
  t.equal(publisher.state.requests, 0, 'the set is not fetched before a token needs it')
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

t.test('200: concurrent callers share one request, and later callers need none', async (t) => {
  const { state, pair } = await published(t)
  const key = pair('one')
  state.keys = [key.jwk]
  const pause = Promise.withResolvers<void>()
  state.held = pause.promise
  const calls = Array.from({ length: 20 }, (_, index) => status(key.sign(`u${index}`)))
  pause.resolve()
  t.ok((await Promise.all(calls)).every((code) => code === 200))
  t.equal(await status(key.sign('again')), 200)
  t.equal(await status(key.sign('no kid', null)), 200)
  t.equal(state.requests, 1)
})

t.test('an unknown kid makes the set be fetched at most once a minute', async (t) => {
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

t.test('401: a key that was removed from the set stops verifying after the next fetch', async (t) => {
  const { state, pair } = await published(t)
  const [kept, gone] = [pair('kept'), pair('gone')]
  state.keys = [kept.jwk, gone.jwk]
  const [keptToken, goneToken] = [kept.sign(), gone.sign()]
  for (const token of [keptToken, goneToken]) t.equal(await status(token), 200)
  state.keys = [kept.jwk]
  clock.advance(KEY_SET_MAX_AGE_MS + 1)
  t.equal(await status(goneToken), 401, 'a remembered token does not outlive its key')
  t.equal(await status(keptToken), 200)
  t.equal(state.requests, 2)
})

t.test('while the host is down, the last keys stay in use for a day', async (t) => {
  const { state, pair } = await published(t)
  const key = pair('lasting')
  state.keys = [key.jwk]
  const token = key.sign()
  t.equal(await status(token), 200)
  for (const code of [503, 500]) {
    state.status = code
    clock.advance(KEY_SET_MAX_AGE_MS + 1)
    t.equal(await status(token), 200, String(code))
  }
  const before = state.requests
  for (let call = 0; call < 5; call++) await status(token)
  t.equal(state.requests, before, 'the host does not get a request with every call')
  clock.advance(KEY_SET_MAX_STALE_MS)
  t.equal(await status(token), 503, 'then nobody can tell whether they are good')
})

t.test('401: a host that answers, but with no key set, has withdrawn its keys within 5 minutes', async (t) => {
  const { state, pair } = await published(t)
  const key = pair('withdrawn')
  state.keys = [key.jwk]
  const token = key.sign()
  for (const [what, change] of Object.entries({
    'not found': { status: 404 },
    gone: { status: 410 },
    'a page': { answer: '<html>' },
    'other JSON': { answer: '{}' },
    'a redirect without a target': { status: 302 },
    'a body that is too large': { answer: JSON.stringify({ keys: [], pad: 'x'.repeat(300_000) }) }
  })) {
    Object.assign(state, { status: 200, answer: undefined })
    clock.advance(KEY_SET_MAX_AGE_MS + 1)
    t.equal(await status(token), 200, `before: ${what}`)
    Object.assign(state, change)
    clock.advance(KEY_SET_MAX_AGE_MS + 1)
    t.equal(await status(token), 401, what)
    state.status = 503
    clock.advance(KEY_SET_RETRY_MS)
    t.equal(await status(token), 401, 'what was withdrawn does not come back while the host is down')
  }
})

t.test('the sets of other workspaces, however many, do not push one out', async (t) => {
  const { state, uri } = await startPublisher(t)
  const egress = createEgress({ allow: ['127.0.0.1'] })
  t.teardown(() => egress.close())
  const sets = createKeySets({ egress, clock, onFailure: () => {} })
  state.keys = [{ ...generateKeyPairSync('ed25519').publicKey.export({ format: 'jwk' }), kid: 'mine' }]
  const mine = () => Promise.resolve(sets.get('wsp_mine', uri, 'mine'))
  t.equal((await mine()).length, 1)
  for (let other = 0; other < 1_200; other++) await sets.get(`wsp_${other}`, `${uri}?${other}`, undefined)
  state.status = 503
  clock.advance(KEY_SET_MAX_AGE_MS + 1)
  t.equal((await mine()).length, 1)
})

t.test('503: a set that was never fetched, while its host is down; 200 once it has been fetched', async (t) => {
  const { state, pair } = await published(t)
  const key = pair('late')
  state.status = 503
  t.equal(await status(key.sign()), 503)
  state.status = 200
  state.keys = [key.jwk]
  t.equal(await status(key.sign()), 503, 'the host does not get a request with every call')
  clock.advance(KEY_SET_FIRST_RETRY_MS)
  t.equal(await status(key.sign()), 200)
})

t.test('401: a set that publishes a private key verifies nothing', async (t) => {
  const { state, pair } = await published(t)
  const key = pair('leaked')
  state.keys = [key.jwk]
  const token = key.sign()
  t.equal(await status(token), 200)
  state.keys = [key.jwk, { ...generateKeyPairSync('ed25519').privateKey.export({ format: 'jwk' }), kid: 'private' }]
  clock.advance(KEY_SET_MAX_AGE_MS + 1)
  t.equal(await status(token), 401)
})

t.test('a published key never overrides a registered one and never verifies an HMAC', async (t) => {
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
