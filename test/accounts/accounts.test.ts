import t from 'tap'
import { THROTTLE } from '../../src/accounts/password-throttle.ts'
import { startSluice } from '../fixtures/sluice.ts'

t.test('accounts and sessions', async (t) => {
  const sluice = await startSluice(t)
  const { client } = sluice
  const password = 'a long pass phrase'

  await t.test('201: the first account of an empty database is an admin, the next is not', async (t) => {
    const first = await client.call('POST', '/v1/accounts', {
      body: { email: 'First@Example.com', password, name: 'First' }
    })
    t.equal(first.status, 201, first.text)
    t.match(first.json, {
      id: /^acc_/,
      email: 'first@example.com',
      name: 'First',
      role: 'admin',
      phoneNumber: null,
      pictureUrl: null
    })
    t.notOk('passwordHash' in first.json)
    t.equal(
      (
        await client.call('POST', '/v1/accounts', {
          body: {
            email: 'second@example.com',
            password,
            name: 'Zwölf ✓',
            phoneNumber: '+49 30 123',
            pictureUrl: 'https://x/p.png'
          }
        })
      ).json.role,
      'user'
    )
  })

  await t.test('409: a taken e-mail, whatever its case', async (t) => {
    t.equal(
      (await client.call('POST', '/v1/accounts', { body: { email: 'SECOND@example.com', password, name: 'x' } }))
        .status,
      409
    )
  })

  await t.test('400: each invalid field has its own error', async (t) => {
    const cases: [Record<string, unknown>, string][] = [
      [{ email: 'no-address', password, name: 'x' }, '/email'],
      [{ email: 'a@b.c', password: 'short', name: 'x' }, '/password'],
      [{ email: 'a@b.c', password: 'Password123', name: 'x' }, '/password'],
      [{ email: 'a@b.c', password: 'x'.repeat(257), name: 'x' }, '/password'],
      [{ email: 'a@b.c', password, name: '' }, '/name'],
      [{ email: 'a@b.c', password, name: ' ' }, '/name'],
      [{ email: 'a@b.c', password, name: 'x\u0000y' }, '/name'],
      [{ email: 'a@b.c', password }, '/name'],
      [{ email: 'a@b.c', password, name: 'x', role: 'admin' }, '/role'],
      [{ email: 'a@b.c', password, name: 'x', pictureUrl: 'javascript:alert(1)' }, '/pictureUrl'],
      [{ email: { contains: '@' }, password, name: 'x' }, '/email']
    ]
    for (const [body, pointer] of cases) {
      const answer = await client.call('POST', '/v1/accounts', { body })
      t.equal(answer.status, 400, answer.text)
      t.match(answer.json, { code: 'validation_failed' })
      t.ok(
        answer.json.errors.some((error: { pointer: string }) => error.pointer === pointer),
        `${pointer}: ${answer.text}`
      )
    }
    t.match(
      (await client.call('POST', '/v1/accounts', { raw: '{', headers: { 'Content-Type': 'application/json' } })).json,
      { status: 400, code: 'invalid_request' }
    )
    t.match(
      (
        await client.call('POST', '/v1/accounts', {
          raw: 'a=b',
          headers: { 'Content-Type': 'application/x-www-form-urlencoded' }
        })
      ).json,
      { status: 415, code: 'unsupported_media_type' }
    )
    t.match(
      (await client.call('POST', '/v1/accounts', { body: { email: 'a@b.c', password, name: 'x'.repeat(2_000_000) } }))
        .json,
      { status: 413, code: 'payload_too_large' }
    )
    t.match(
      (
        await client.call('POST', '/v1/accounts', {
          raw: '{"__proto__":{"role":"admin"},"email":"p@b.c","password":"a long pass phrase","name":"x"}',
          headers: { 'Content-Type': 'application/json' }
        })
      ).json,
      { status: 400 }
    )
  })

  await t.test('401: an unknown e-mail and a wrong password get the same response', async (t) => {
    const [unknown, wrong] = [
      await client.call('POST', '/v1/sessions', { body: { email: 'nobody@example.com', password } }),
      await client.call('POST', '/v1/sessions', { body: { email: 'second@example.com', password: `${password}!` } })
    ]
    for (const answer of [unknown, wrong]) t.equal(answer.status, 401, answer.text)
    const shape = ({ text, headers }: typeof unknown): string =>
      text.replace(/req_\w+/, '') + JSON.stringify({ ...headers, date: '', 'x-request-id': '' })
    t.equal(shape(unknown), shape(wrong))
  })

  await t.test('a session: sign in, use it by bearer and by cookie, sign out', async (t) => {
    const signedIn = await client.call('POST', '/v1/sessions', { body: { email: 'Second@example.com', password } })
    t.equal(signedIn.status, 201, signedIn.text)
    t.match(signedIn.json, {
      token: /^sls_[0-9A-Za-z]{60}$/,
      expiresAt: /Z$/,
      account: { email: 'second@example.com' }
    })
    t.equal(signedIn.headers['cache-control'], 'no-store')
    const [cookie = ''] = signedIn.headers['set-cookie'] as string[]
    t.match(cookie, /^sluice=sls_[^;]+;.*HttpOnly.*SameSite=Lax/i)
    const cookieHeader: [string, string] = ['Cookie', cookie.split(';')[0] ?? '']
    const token = signedIn.json.token as string

    t.equal((await client.call('GET', '/v1/account', { as: token })).json.email, 'second@example.com')
    t.equal((await client.call('GET', '/v1/account', { headers: [cookieHeader] })).status, 200)
    t.equal(
      (await client.call('GET', '/v1/account', { as: { email: 'second@example.com', password } })).status,
      200,
      'and Basic'
    )

    const change = { body: { name: 'Renamed' } }
    for (const [headers, status] of [
      [[], 403],
      [[['Sec-Fetch-Site', 'cross-site']], 403],
      [[['Sec-Fetch-Site', 'same-site']], 403],
      [[['Origin', 'https://evil.example']], 403],
      [[['Origin', sluice.url]], 200],
      [[['Sec-Fetch-Site', 'same-origin']], 200]
    ] as [[string, string][], number][]) {
      t.equal(
        (await client.call('PATCH', '/v1/account', { ...change, headers: [cookieHeader, ...headers] })).status,
        status,
        `a cookie with ${JSON.stringify(headers)}`
      )
    }

    const signedOut = await client.call('DELETE', '/v1/sessions/current', { as: token })
    t.match(signedOut, { status: 204, headers: { 'clear-site-data': '"cache"', 'cache-control': 'no-store' } })
    t.equal((await client.call('GET', '/v1/account', { as: token })).status, 401)
    t.equal((await client.call('GET', '/v1/account', { headers: [cookieHeader] })).status, 401)
  })

  await t.test(
    '401 without a credential or with a wrong one, with both challenges; 400 with two credentials',
    async (t) => {
      const nothing = await client.call('GET', '/v1/account')
      t.match(nothing.json, { status: 401, code: 'unauthenticated' })
      t.equal(nothing.headers['www-authenticate'], 'Bearer realm="sluice", Basic realm="sluice", charset="UTF-8"')
      for (const header of ['Bearer x', 'Bearer', 'Basic !!!', 'Basic', 'Digest x', `Bearer sls_${'0'.repeat(60)}`]) {
        const wrong = await client.call('GET', '/v1/account', { headers: [['Authorization', header]] })
        t.match(wrong.json, { status: 401, code: 'invalid_token' }, header)
        t.equal(
          wrong.headers['www-authenticate'],
          'Bearer realm="sluice", error="invalid_token", Basic realm="sluice", charset="UTF-8"'
        )
      }
      for (const [path, headers] of [
        [
          '/v1/account',
          [
            ['Authorization', 'Bearer x'],
            ['Authorization', 'Bearer y']
          ]
        ],
        [
          '/v1/account',
          [
            ['Authorization', 'Bearer x'],
            ['access_token', 'y']
          ]
        ],
        ['/v1/account?access_token=y', [['Authorization', 'Bearer x']]]
      ] as [string, [string, string][]][])
        t.match((await client.call('GET', path, { headers })).json, { status: 400, code: 'invalid_request' })
      t.match(
        (await client.call('GET', '/v1/account?access_token=y')).json,
        { status: 401, code: 'unauthenticated' },
        'a carrier that only listeners accept'
      )
    }
  )

  await t.test('a password change needs the old password and ends the other sessions', async (t) => {
    const { session, email, password: old } = await client.signUp()
    const other = (await client.call('POST', '/v1/sessions', { body: { email, password: old } })).json.token
    t.match(
      (
        await client.call('POST', '/v1/account/password', {
          as: session,
          body: { password: 'wrong one!', newPassword: 'another pass phrase' }
        })
      ).json,
      { status: 403, code: 'password_incorrect' }
    )
    t.match(
      (
        await client.call('POST', '/v1/account/password', {
          as: session,
          body: { password: old, newPassword: 'short' }
        })
      ).json,
      { status: 400, code: 'validation_failed' }
    )
    t.equal(
      (
        await client.call('POST', '/v1/account/password', {
          as: session,
          body: { password: old, newPassword: 'another pass phrase' }
        })
      ).status,
      204
    )
    t.equal((await client.call('GET', '/v1/account', { as: session })).status, 200)
    t.equal((await client.call('GET', '/v1/account', { as: other })).status, 401)
    t.equal(
      (await client.call('GET', '/v1/account', { as: { email, password: old } })).status,
      401,
      'a remembered Basic credential stops working'
    )
    t.equal((await client.call('GET', '/v1/account', { as: { email, password: 'another pass phrase' } })).status, 200)
  })

  await t.test(
    '429 with Retry-After after too many wrong passwords, for known and unknown accounts alike, until the window ends',
    async (t) => {
      const { email, password: right } = await client.signUp()
      for (const address of [email, 'never-seen@example.com']) {
        for (let attempt = 0; attempt < THROTTLE.pair.tries; attempt++)
          t.equal(
            (await client.call('POST', '/v1/sessions', { body: { email: address, password: 'wrong one!' } })).status,
            401
          )
        const refused = await client.call('POST', '/v1/sessions', { body: { email: address, password: right } })
        t.match(refused.json, { status: 429, code: 'rate_limited' })
        t.ok(Number(refused.headers['retry-after']) > 0)
        t.match(refused.headers, {
          'ratelimit-policy': `"password-pair";q=${THROTTLE.pair.tries};w=${THROTTLE.pair.seconds}`,
          ratelimit: /^"password-pair";r=0;t=\d+$/
        })
      }
    }
  )

  await t.test('404 for an unknown path, 405 for a method that a path does not support', async (t) => {
    t.match((await client.call('GET', '/v1/nothing')).json, { status: 404, code: 'not_found' })
    const wrong = await client.call('PUT', '/v1/accounts')
    t.match(wrong.json, { status: 405, code: 'method_not_allowed' })
    t.equal(wrong.headers.allow, 'POST')
    t.equal((await client.call('GET', '/v1/tokens/%zz', { as: 'x' })).status, 400)
  })
})

t.test('403: sign-up can be closed', async (t) => {
  const { client } = await startSluice(t, { signup: 'closed' })
  t.match(
    (await client.call('POST', '/v1/accounts', { body: { email: 'a@b.c', password: 'a long pass phrase', name: 'x' } }))
      .json,
    { status: 403, code: 'insufficient_scope' }
  )
})

t.test('on https the cookie is __Host-, Secure, for the whole site', async (t) => {
  const { client } = await startSluice(t, { publicUrl: 'https://sluice.example' })
  await client.call('POST', '/v1/accounts', { body: { email: 'a@b.c', password: 'a long pass phrase', name: 'x' } })
  const { headers } = await client.call('POST', '/v1/sessions', {
    body: { email: 'a@b.c', password: 'a long pass phrase' }
  })
  t.match(
    String(headers['set-cookie']),
    /^__Host-sluice=[^;]+; Path=\/; Expires=[^;]+; HttpOnly; Secure; SameSite=Lax$/
  )
})
