import { createLocalJWKSet, jwtVerify } from 'jose'
import t from 'tap'
import { startSluice } from '../fixtures/sluice.ts'

const DAY_MS = 24 * 60 * 60 * 1000

t.test('tokens over HTTP', async (t) => {
  const { client, clock, url } = await startSluice(t)
  const owner = await client.signUp('Ada')
  const other = await client.signUp('Bob')
  const create = (body: Record<string, unknown>, as = owner.session) =>
    client.call('POST', '/v1/tokens', { as, body: { days: 0, password: owner.password, ...body } })

  await t.test('201: the response has every documented field; the token is shown once', async (t) => {
    const before = clock.now()
    const answer = await create({
      name: 'grüne Tonne 🗑',
      days: 30,
      allowedIps: ['127.0.0.0/8', '::1'],
      rateLimit: { limit: 10, windowSeconds: 60 },
      scope: { workspaces: [owner.workspaceId] }
    })
    t.equal(answer.status, 201, answer.text)
    t.equal(answer.headers['cache-control'], 'no-store')
    const { token, ...rest } = answer.json
    t.match(rest, {
      id: /^tok_/,
      name: 'grüne Tonne 🗑',
      format: 'opaque',
      start: token.slice(0, 12),
      scope: { workspaces: [owner.workspaceId] },
      allowedIps: ['127.0.0.0/8', '::1'],
      rateLimit: { limit: 10, windowSeconds: 60 },
      lastUsedAt: null,
      revokedAt: null
    })
    const expires = Date.parse(rest.expiresAt)
    t.ok(expires > before + 30 * DAY_MS - 2_000 && expires <= clock.now() + 30 * DAY_MS, rest.expiresAt)
    const shown = await client.call('GET', `/v1/tokens/${rest.id}`, { as: owner.session })
    t.equal(shown.status, 200)
    t.same(shown.json, rest, 'later responses omit the token')
  })

  await t.test('a JWT verifies with the published keys and has the documented claims', async (t) => {
    const {
      json: { token, id, expiresAt }
    } = await create({ name: 'jwt', days: 7, format: 'jwt' })
    const jwks = await client.call('GET', '/.well-known/jwks.json')
    for (const key of jwks.json.keys) t.notOk('d' in key, 'no private part')
    const { payload, protectedHeader } = await jwtVerify(token, createLocalJWKSet(jwks.json), {
      issuer: url,
      typ: 'at+jwt',
      algorithms: ['EdDSA']
    })
    t.same(Object.keys(payload).sort(), ['aud', 'exp', 'iat', 'iss', 'jti', 'sub'])
    t.match(payload, { sub: owner.id, jti: id, exp: Date.parse(expiresAt) / 1000 })
    t.match(protectedHeader, { alg: 'EdDSA', typ: 'at+jwt', kid: jwks.json.keys[0].kid })
    const forever = await create({ name: 'jwt for ever', format: 'jwt' })
    t.notOk('exp' in (await jwtVerify(forever.json.token, createLocalJWKSet(jwks.json))).payload)
  })

  await t.test('403: every request needs the password, even with a session', async (t) => {
    t.match((await create({ name: 'x', password: 'not it at all' })).json, { status: 403, code: 'password_incorrect' })
    t.match((await create({ name: 'x', password: other.password })).json, { status: 403, code: 'password_incorrect' })
  })

  await t.test('400: each invalid field has its own error', async (t) => {
    for (const [body, pointer] of [
      [{}, '/name'],
      [{ name: '' }, '/name'],
      [{ name: 'x'.repeat(101) }, '/name'],
      [{ name: 'x', days: -1 }, '/days'],
      [{ name: 'x', days: 1.5 }, '/days'],
      [{ name: 'x', days: 36_501 }, '/days'],
      [{ name: 'x', days: '30' }, '/days'],
      [{ name: 'x', format: 'paseto' }, '/format'],
      [{ name: 'x', allowedIps: ['10.0.0.1', '10.0.0'] }, '/allowedIps/1'],
      [{ name: 'x', rateLimit: { limit: 0, windowSeconds: 1 } }, '/rateLimit/limit'],
      [{ name: 'x', scope: { workspaces: [other.workspaceId] } }, '/scope/workspaces/0'],
      [{ name: 'x', scope: { listeners: ['lsn_doesnotexist'] } }, '/scope/listeners/0'],
      [{ name: 'x', ownerId: other.id }, '/ownerId'],
      [{ name: 'x', scope: { everything: true } }, '/scope/everything']
    ] as [Record<string, unknown>, string][]) {
      const answer = await create(body)
      t.match(answer.json, { status: 400, code: 'validation_failed' }, pointer)
      t.ok(
        answer.json.errors.some((error: { pointer: string }) => error.pointer === pointer),
        `${pointer}: ${answer.text}`
      )
    }
  })

  await t.test('200: null removes addresses, limits and scope', async (t) => {
    const made = await create({
      name: 'narrow',
      days: 1,
      allowedIps: ['10.0.0.1'],
      rateLimit: { limit: 1, windowSeconds: 1 },
      scope: { workspaces: [owner.workspaceId] }
    })
    const wide = await client.call('PATCH', `/v1/tokens/${made.json.id}`, {
      as: owner.session,
      body: { allowedIps: null, rateLimit: null, scope: null }
    })
    t.match(wide, { status: 200, json: { allowedIps: [], rateLimit: null, scope: null } })
    t.match(await create({ name: 'wide', days: 1, allowedIps: null, rateLimit: null, scope: null }), {
      status: 201,
      json: { allowedIps: [], rateLimit: null, scope: null }
    })
    for (const id of [
      made.json.id,
      (await client.call('GET', '/v1/tokens?q=wide', { as: owner.session })).json.items[0].id
    ])
      await client.call('DELETE', `/v1/tokens/${id}`, { as: owner.session })
  })

  await t.test(
    '409: a name that a live token has; it is free again once that token is revoked or expired',
    async (t) => {
      const first = await create({ name: 'once' })
      t.equal((await create({ name: 'once' })).status, 409)
      t.equal((await client.call('DELETE', `/v1/tokens/${first.json.id}`, { as: owner.session })).status, 204)
      t.equal((await create({ name: 'once', days: 1 })).status, 201)
      clock.advance(DAY_MS + 1_000)
      await client.signIn(owner)
      t.equal((await create({ name: 'once' })).status, 201)
      const twins = await Promise.all(Array.from({ length: 5 }, () => create({ name: 'twins' })))
      t.same(
        twins.map(({ status }) => status).sort(),
        [201, 409, 409, 409, 409],
        'one of five concurrent requests succeeds'
      )
    }
  )

  await t.test('the list: newest first, by state, by a substring of the name or by the start, in pages', async (t) => {
    const reader = await client.signUp('Lister')
    const mine = (body: Record<string, unknown>) =>
      client.call('POST', '/v1/tokens', { as: reader.session, body: { days: 0, password: reader.password, ...body } })
    const made = []
    for (const name of ['a_1', 'ab1', 'c%d', 'short', 'gone'])
      made.push((await mine({ name, days: name === 'short' ? 1 : 0 })).json)
    await client.call('DELETE', `/v1/tokens/${made[4].id}`, { as: reader.session })
    clock.advance(DAY_MS + 1_000)
    for (const person of [owner, other, reader]) await client.signIn(person)
    const names = async (query: string): Promise<string[]> => {
      const answer = await client.call('GET', `/v1/tokens?${query}`, { as: reader.session })
      t.equal(answer.status, 200, answer.text)
      return answer.json.items.map(({ name }: { name: string }) => name)
    }
    t.same(await names(''), ['gone', 'short', 'c%d', 'ab1', 'a_1'])
    t.same(await names('state=live'), ['c%d', 'ab1', 'a_1'])
    t.same(await names('state=expired,revoked'), ['gone', 'short'])
    t.same(await names('q=A_'), ['a_1'], '_ matches literally')
    t.same(await names('q=%25'), ['c%d'])
    t.same(await names(`q=${made[1].start}`), ['ab1'])
    const pages: string[] = []
    let cursor: string | null = null
    do {
      const answer: { json: { items: { name: string }[]; nextCursor: string | null } } = await client.call(
        'GET',
        `/v1/tokens?limit=2${cursor ? `&cursor=${cursor}` : ''}`,
        { as: reader.session }
      )
      pages.push(...answer.json.items.map(({ name }) => name))
      cursor = answer.json.nextCursor
    } while (cursor)
    t.same(pages, ['gone', 'short', 'c%d', 'ab1', 'a_1'])
    for (const bad of ['limit=0', 'limit=201', 'limit=x', 'cursor=nonsense', 'state=dead', 'states=live', 'q=%00'])
      t.equal((await client.call('GET', `/v1/tokens?${bad}`, { as: reader.session })).status, 400, bad)
  })

  await t.test('a change of name and scope; a foreign and an absent token get the same 404', async (t) => {
    const {
      json: { id }
    } = await create({ name: 'to change' })
    const path = `/v1/tokens/${id}`
    t.match(
      (
        await client.call('PATCH', path, {
          as: owner.session,
          body: { name: 'changed', scope: { workspaces: [owner.workspaceId] } }
        })
      ).json,
      { name: 'changed', scope: { workspaces: [owner.workspaceId] } }
    )
    t.match((await client.call('PATCH', path, { as: owner.session, body: { scope: null } })).json, {
      name: 'changed',
      scope: null
    })
    t.equal((await client.call('PATCH', path, { as: owner.session, body: { name: 'once' } })).status, 409)
    t.equal((await client.call('PATCH', path, { as: owner.session, body: { format: 'jwt' } })).status, 400)
    for (const [method, body] of [
      ['GET', undefined],
      ['PATCH', { name: 'mine' }],
      ['DELETE', undefined]
    ] as const) {
      const answers = await Promise.all(
        [path, '/v1/tokens/tok_0000000000000000000000', '/v1/tokens/nonsense', '/v1/tokens/%00'].map((at) =>
          client.call(method, at, { as: other.session, ...(body ? { body } : {}) })
        )
      )
      for (const answer of answers) t.equal(answer.status, 404, answer.text)
      t.equal(new Set(answers.map(({ text }) => text.replace(/req_\w+/, ''))).size, 1)
    }
    t.equal((await client.call('GET', path, { as: owner.session })).json.revokedAt, null)
    t.equal((await client.call('DELETE', path, { as: owner.session })).status, 204)
    t.equal((await client.call('DELETE', path, { as: owner.session })).status, 204, 'again')
    t.match((await client.call('GET', path, { as: owner.session })).json.revokedAt, /Z$/)
  })

  await t.test('403: an API token cannot manage anything', async (t) => {
    for (const format of ['opaque', 'jwt']) {
      const {
        json: { token }
      } = await create({ name: `manager ${format}`, format })
      for (const [method, path] of [
        ['GET', '/v1/tokens'],
        ['POST', '/v1/tokens'],
        ['GET', '/v1/account'],
        ['GET', '/v1/workspaces'],
        ['GET', '/v1/admin/audit']
      ] as const) {
        t.match(
          (await client.call(method, path, { as: token, ...(method === 'POST' ? { body: {} } : {}) })).json,
          { status: 403, code: 'insufficient_scope' },
          `${method} ${path}`
        )
      }
      t.equal((await client.call('GET', '/v1/runs', { as: token })).status, 200, 'an API token can read its own runs')
    }
  })
})
