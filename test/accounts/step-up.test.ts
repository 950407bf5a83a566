import { generateKeyPairSync } from 'node:crypto'
import { TOTP, Secret as OtpSecret } from 'otpauth'
import t from 'tap'
import { CONFIRMED_MS } from '../../src/accounts/confirmation.ts'
import type { Person } from '../fixtures/client.ts'
import { createEchoListener } from '../fixtures/echo-listener.ts'
import { startSluice } from '../fixtures/sluice.ts'

// What makes or widens trust takes the password, Basic, or a session that confirmed it a short time ago.

const sluice = await startSluice(t)
const { client, clock } = sluice
const root = await client.signUp('Root')
const publicKey = (): object => generateKeyPairSync('ed25519').publicKey.export({ format: 'jwk' })

/** A session that has not confirmed anything, as a thief has one. */
async function stolen({ email, password }: Person): Promise<string> {
  return (await client.call('POST', '/v1/sessions', { body: { email, password } })).json.token
}

type Place = { method: string; path: string; body?: Record<string, unknown>; done: number }

/** Every call that makes or widens trust, each on something of its own. */
async function widening(owner: Person): Promise<Record<string, Place>> {
  const as = owner.session
  const base = `/v1/workspaces/${owner.workspaceId}`
  const { id: listener } = await createEchoListener(t, client, owner)
  const make = async (path: string, body: object) => (await client.call('POST', path, { as, body })).json
  const token = await make('/v1/tokens', {
    name: `narrow ${listener}`,
    days: 1,
    scope: { listeners: [listener] },
    allowedIps: ['10.0.0.0/8'],
    rateLimit: { limit: 10, windowSeconds: 60 },
    dailyQuota: 5
  })
  const rotated = await make('/v1/tokens', { name: `rotated ${listener}`, days: 1 })
  const key = await make(`${base}/public-keys`, { name: 'old', publicKey: publicKey() })
  const doomed = await make('/v1/workspaces', { name: 'Doomed' })
  const member = await client.signUp('Member')
  await sluice.services.database.pool.query(
    `insert into member (workspace_id, account_id, role, created_at) values ($1, $2, 'owner', now())`,
    [owner.workspaceId, member.id]
  )
  const patch = (body: Record<string, unknown>): Place => ({
    method: 'PATCH',
    path: `/v1/tokens/${token.id}`,
    body,
    done: 200
  })
  const workspace = (body: Record<string, unknown>): Place => ({ method: 'PATCH', path: base, body, done: 200 })
  return {
    'a new token': { method: 'POST', path: '/v1/tokens', body: { name: `t ${listener}`, days: 1 }, done: 201 },
    'a rotated token': {
      method: 'POST',
      path: `/v1/tokens/${rotated.id}/rotate`,
      body: { overlapSeconds: 0 },
      done: 201
    },
    'no scope': patch({ scope: null }),
    'more addresses': patch({ allowedIps: ['10.0.0.0/8', '192.0.2.1'] }),
    'any address': patch({ allowedIps: [] }),
    'a higher limit': patch({ rateLimit: { limit: 11, windowSeconds: 60 } }),
    'a shorter window': patch({ rateLimit: { limit: 10, windowSeconds: 59 } }),
    'no quota': patch({ dailyQuota: null }),
    'a URL token': { method: 'POST', path: `/v1/listeners/${listener}/url-token`, body: {}, done: 201 },
    'a public key': {
      method: 'POST',
      path: `${base}/public-keys`,
      body: { name: 'new', publicKey: publicKey() },
      done: 201
    },
    'no public key': { method: 'DELETE', path: `${base}/public-keys/${key.id}`, done: 204 },
    'a key set': workspace({ jwksUri: 'https://example.com/jwks.json' }),
    'no secret': workspace({ secretKeyAuth: false }),
    'other algorithms': workspace({ algorithms: ['ES256'] }),
    'longer tokens': workspace({ maxTokenSeconds: 3600 }),
    'a new secret': { method: 'POST', path: `${base}/secret/rotate`, body: { overlapSeconds: 0 }, done: 201 },
    'another role': {
      method: 'PATCH',
      path: `${base}/members/${member.id}`,
      body: { role: 'owner' },
      done: 200
    },
    'one owner less': { method: 'DELETE', path: `${base}/members/${member.id}`, done: 204 },
    'no workspace': { method: 'DELETE', path: `/v1/workspaces/${doomed.id}`, done: 204 }
  }
}

const OF_ADMINS: Record<string, Place> = {
  'a signing key': { method: 'POST', path: '/v1/admin/signing-keys/rotate', done: 201 },
  'other seals': { method: 'POST', path: '/v1/admin/keys/reseal', done: 200 },
  'an admin': { method: 'PATCH', path: `/v1/admin/accounts/${root.id}`, body: { role: 'admin' }, done: 200 }
}

function send({ method, path, body }: Place, as: string | Person, more: Record<string, unknown> = {}) {
  const sent = { ...body, ...more }
  return client.call(method, path, { as, ...(Object.keys(sent).length > 0 ? { body: sent } : {}) })
}

t.test('403: a stolen session widens no trust; a wrong password is refused and named', async (t) => {
  const owner = await client.signUp()
  const [session, adminSession] = [await stolen(owner), await stolen(root)]
  for (const [name, place] of Object.entries({ ...(await widening(owner)), ...OF_ADMINS })) {
    const as = name in OF_ADMINS ? adminSession : session
    t.match(await send(place, as), { status: 403, json: { code: 'confirmation_required' } }, name)
    t.match(await send(place, as, { password: 7 }), { status: 400, json: { code: 'validation_failed' } }, name)
  }
  const wrong = await send(OF_ADMINS['other seals']!, adminSession, { password: 'not the pass phrase' })
  t.match(wrong, { status: 403, json: { code: 'password_incorrect' } })
})

t.test('2xx: the password in the body, Basic and a confirmed session each do', async (t) => {
  for (const by of ['password', 'basic', 'session'] as const) {
    const owner = await client.signUp()
    for (const [name, place] of Object.entries({ ...(await widening(owner)), ...OF_ADMINS })) {
      const who = name in OF_ADMINS ? root : owner
      const as = by === 'basic' ? who : by === 'session' ? who.session : await stolenOnce(who)
      const answer = await send(place, as, by === 'password' ? { password: who.password } : {})
      t.equal(answer.status, place.done, `${name} by ${by}: ${answer.text}`)
    }
    // An account has 30 right passwords in five minutes.
    clock.advance(300_000)
    await client.call('POST', '/v1/sessions/current/confirm', { as: root.session, body: { password: root.password } })
  }
})

const sessions = new Map<string, string>()
async function stolenOnce(person: Person): Promise<string> {
  const known = sessions.get(person.id) ?? (await stolen(person))
  sessions.set(person.id, known)
  return known
}

t.test('200: what narrows, and what is no trust, takes a session alone', async (t) => {
  const owner = await client.signUp()
  const session = await stolen(owner)
  const base = `/v1/workspaces/${owner.workspaceId}`
  const { id: listener } = await createEchoListener(t, client, owner)
  const token = (
    await client.call('POST', '/v1/tokens', {
      as: owner.session,
      body: { name: 'wide', days: 1, scope: { workspaces: [owner.workspaceId] }, allowedIps: ['10.0.0.0/8'] }
    })
  ).json
  for (const body of [
    { name: 'wide still' },
    { allowedIps: ['10.1.0.0/16', '10.2.0.1'] },
    { rateLimit: { limit: 10, windowSeconds: 60 } },
    { rateLimit: { limit: 9, windowSeconds: 61 } },
    { dailyQuota: 10 },
    { scope: { listeners: [listener] } }
  ])
    t.equal((await client.call('PATCH', `/v1/tokens/${token.id}`, { as: session, body })).status, 200)
  t.equal((await client.call('PATCH', base, { as: session, body: { name: 'Renamed', origins: [] } })).status, 200)
  t.equal((await client.call('DELETE', `/v1/tokens/${token.id}`, { as: session })).status, 204)
  const viewer = await client.signUp()
  await sluice.services.database.pool.query(
    `insert into member (workspace_id, account_id, role, created_at) values ($1, $2, 'viewer', now())`,
    [owner.workspaceId, viewer.id]
  )
  t.equal((await client.call('DELETE', `${base}/members/${viewer.id}`, { as: session })).status, 204)
})

t.test('404 and 403: who may not do it at all learns that, not that a password is missing', async (t) => {
  const [owner, stranger] = [await client.signUp(), await client.signUp()]
  const session = await stolen(stranger)
  for (const [name, place] of Object.entries(await widening(owner))) {
    if (place.path === '/v1/tokens') continue
    t.match(await send(place, session), { status: 404, json: { code: 'not_found' } }, name)
  }
  for (const place of Object.values(OF_ADMINS))
    t.match(await send(place, session), { status: 403, json: { code: 'insufficient_scope' } })
})

t.test('204: a confirmation lasts ten minutes and belongs to its session alone', async (t) => {
  const person = await client.signUp()
  const [mine, other] = [await stolen(person), await stolen(person)]
  const confirm = (as: string, body: object) => client.call('POST', '/v1/sessions/current/confirm', { as, body })
  const create = (as: string, name: string) => client.call('POST', '/v1/tokens', { as, body: { name, days: 1 } })
  t.teardown(clock.stop())
  t.match(await confirm(mine, { password: 'not the pass phrase' }), {
    status: 403,
    json: { code: 'password_incorrect' }
  })
  t.equal((await create(mine, 'first')).status, 403)
  t.equal((await confirm(mine, { password: person.password })).status, 204)
  t.equal((await create(mine, 'first')).status, 201)
  t.equal((await create(other, 'second')).status, 403)
  clock.advance(CONFIRMED_MS - 1_000)
  t.equal((await create(mine, 'second')).status, 201)
  clock.advance(1_001)
  t.equal((await create(mine, 'third')).status, 403)
})

t.test('400: with a second factor a confirmation takes its code as well', async (t) => {
  const person = await client.signUp()
  const as = person.session
  const { secret } = (await client.call('POST', '/v1/account/totp', { as, body: { password: person.password } })).json
  const code = (ahead = 0): string =>
    new TOTP({ secret: OtpSecret.fromBase32(secret) }).generate({ timestamp: clock.now() + ahead })
  await client.call('POST', '/v1/account/totp/confirm', { as, body: { totp: code() } })
  clock.advance(CONFIRMED_MS)
  const confirm = (body: object) => client.call('POST', '/v1/sessions/current/confirm', { as, body })
  t.match(await confirm({ password: person.password }), {
    status: 400,
    json: { errors: [{ pointer: '/totp', message: 'is missing' }], totp: 'required' }
  })
  t.match(await confirm({ password: person.password, totp: '000000' }), { status: 400, json: { totp: 'refused' } })
  t.match(await confirm({ password: 'not the pass phrase', totp: code() }), { status: 403 })
  t.equal((await client.call('POST', '/v1/tokens', { as, body: { name: 'x', days: 1 } })).status, 403)
  t.equal((await confirm({ password: person.password, totp: code() })).status, 204)
  t.equal((await client.call('POST', '/v1/tokens', { as, body: { name: 'x', days: 1 } })).status, 201)
})
