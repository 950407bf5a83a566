import t from 'tap'
import type { Person } from '../fixtures/client.ts'
import { createEchoListener, createToken } from '../fixtures/echo-listener.ts'
import { startSluice } from '../fixtures/sluice.ts'

const FORM = { 'Content-Type': 'application/x-www-form-urlencoded' }

t.test('introspection and revocation of a credential by its text', async (t) => {
  const { client, clock, url } = await startSluice(t)
  const admin = await client.signUp('Root')
  const owner = await client.signUp('Ada')
  const other = await client.signUp('Eve')
  const { id: listenerId, path } = await createEchoListener(t, client, owner)
  const post = (call: string, token: string, as: Person | undefined = owner) =>
    client.call('POST', `/v1/tokens/${call}`, {
      ...(as ? { as: as.session } : {}),
      raw: new URLSearchParams({ token }).toString(),
      headers: FORM
    })

  for (const format of ['opaque', 'jwt']) {
    await t.test(`200: a live token, with the claims of RFC 7662 (${format})`, async (t) => {
      const token = await createToken(t, client, owner, { format, days: 30, scope: { listeners: [listenerId] } })
      const answer = await post('introspect', token.token)
      t.equal(answer.status, 200, answer.text)
      t.equal(answer.headers['cache-control'], 'no-store')
      t.match(answer.json, {
        active: true,
        kind: 'token',
        token_type: 'Bearer',
        sub: owner.id,
        username: owner.email,
        iss: url,
        jti: token.id,
        scope: `listener:${listenerId}`
      })
      t.equal(answer.json.exp, Date.parse(token.expiresAt ?? '') / 1000)
      t.same((await post('introspect', token.token, other)).json, { active: false }, 'another account learns nothing')
      t.equal((await post('introspect', token.token, admin)).json.active, true, 'an admin may see every token')
    })
  }

  await t.test('200: a session, for its own account', async (t) => {
    t.match((await post('introspect', owner.session)).json, { active: true, kind: 'session', sub: owner.id })
    t.same((await post('introspect', owner.session, other)).json, { active: false })
  })

  await t.test('200 { active: false } and nothing else: expired, revoked, replaced, unknown, malformed', async (t) => {
    const expired = await createToken(t, client, owner, { days: 1 })
    clock.advance(24 * 60 * 60 * 1000)
    for (const person of [admin, owner, other]) await client.signIn(person)
    const revoked = await createToken(t, client, owner)
    await client.call('DELETE', `/v1/tokens/${revoked.id}`, { as: owner.session })
    const rotated = await createToken(t, client, owner)
    await client.call('POST', `/v1/tokens/${rotated.id}/rotate`, {
      as: owner.session,
      body: { password: owner.password, overlapSeconds: 0 }
    })
    for (const text of [
      expired.token,
      revoked.token,
      rotated.token,
      `slc_${'0'.repeat(60)}`,
      'x',
      'ey.ey.x',
      ` ${rotated.token}`,
      '\u0000',
      '💥'
    ]) {
      const answer = await post('introspect', text)
      t.same([answer.status, answer.json], [200, { active: false }], text)
    }
  })

  await t.test('200: a token revoked by its text is rejected on the next call, in either format', async (t) => {
    for (const format of ['opaque', 'jwt']) {
      const token = await createToken(t, client, owner, { format })
      t.equal((await client.call('GET', path, { as: token.token })).status, 200)
      t.equal((await post('revoke', token.token, other)).status, 200)
      t.equal((await client.call('GET', path, { as: token.token })).status, 200, "another account's stays as it is")
      t.equal((await post('revoke', token.token)).status, 200)
      t.equal((await client.call('GET', path, { as: token.token })).status, 401)
      t.equal((await post('revoke', token.token)).status, 200, 'again')
    }
    t.equal((await post('revoke', 'unknown')).status, 200)
    const session = (
      await client.call('POST', '/v1/sessions', { body: { email: owner.email, password: owner.password } })
    ).json.token
    t.equal((await post('revoke', session)).status, 200)
    t.equal((await client.call('GET', '/v1/account', { as: session })).status, 401)
  })

  await t.test('200: further parameters are ignored, and a token that is too long is of nobody', async (t) => {
    const { token } = await createToken(t, client, owner)
    const send = (call: string, raw: string) =>
      client.call('POST', `/v1/tokens/${call}`, { as: owner.session, raw, headers: FORM })
    t.match((await send('introspect', `token=${token}&client_id=rs1&client_secret=s&resource=x`)).json, {
      active: true
    })
    t.same((await send('introspect', `token=${'a'.repeat(10_000)}`)).json, { active: false })
    t.equal((await send('revoke', `token=${'a'.repeat(10_000)}&client_id=rs1`)).status, 200)
    t.equal((await send('introspect', `token=${token}&client_id=a&client_id=b`)).status, 400, 'none comes twice')
  })

  await t.test('200: a client may form-encode its id and secret in Basic (RFC 6749), here alone', async (t) => {
    const password = 'p+w %41:\u00fc 12345'
    const email = 'o+a%b@example.com'
    await client.call('POST', '/v1/accounts', { body: { email, password, name: 'O' } })
    const encode = (text: string): string => new URLSearchParams([['', text]]).toString().slice(1)
    const basic = (id: string, secret: string): Record<string, string> => ({
      ...FORM,
      Authorization: `Basic ${Buffer.from(`${id}:${secret}`).toString('base64')}`
    })
    const introspect = (headers: Record<string, string>) =>
      client.call('POST', '/v1/tokens/introspect', { raw: 'token=x', headers })
    t.equal((await introspect(basic(email, password))).status, 200, 'as it is')
    t.equal((await introspect(basic(encode(email), encode(password)))).status, 200, 'form-encoded')
    t.equal((await introspect(basic(encode(email), encode('wrong')))).status, 401)
    t.equal((await introspect(basic('%zz', '%'))).status, 401, 'no encoding at all')
    const elsewhere = await client.call('GET', '/v1/account', { headers: basic(encode(email), encode(password)) })
    t.equal(elsewhere.status, 401)
  })

  await t.test(
    "OAuth's errors: 401 invalid_client, 400 invalid_request, 415 for a body that is not a form",
    async (t) => {
      const call = (options: Parameters<typeof client.call>[2]) => client.call('POST', '/v1/tokens/introspect', options)
      const nobody = await call({ raw: 'token=x', headers: FORM })
      t.match(nobody, {
        status: 401,
        json: { error: 'invalid_client', code: 'unauthenticated' },
        headers: { 'www-authenticate': /Bearer/ }
      })
      for (const raw of ['', 'token=', 'token=a&token=b', 'other=1']) {
        t.match(
          await call({ as: owner.session, raw, headers: FORM }),
          { status: 400, json: { error: 'invalid_request' } },
          raw.slice(0, 40)
        )
      }
      t.equal((await call({ as: owner.session, body: { token: 'x' } })).status, 415)
      const token = await createToken(t, client, owner)
      t.match(await call({ as: token.token, raw: 'token=x', headers: FORM }), {
        status: 403,
        json: { code: 'insufficient_scope', error: 'unauthorized_client' }
      })
    }
  )
})
