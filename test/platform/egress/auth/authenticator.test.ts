import { decodeJwt, jwtVerify } from 'jose'
import t, { type Test } from 'tap'
import {
  createAuthenticator,
  createEgress,
  readAuthenticationPolicy,
  type Authenticator,
  type AuthenticationPolicy
} from '../../../../src/platform/egress/index.ts'
import { TOKEN_EXPIRY_MARGIN_MS, UNKNOWN_TOKEN_LIFETIME_MS } from '../../../../src/platform/egress/auth/token-cache.ts'
import { startUpstream, type Upstream } from '../../../fixtures/upstream.ts'

interface World {
  upstream: Upstream
  authenticator: Authenticator
  /** Moves the clock on. */
  pass(ms: number): void
  policy(more?: object, scheme?: 'oauth2' | 'oidc'): AuthenticationPolicy
  call(policy: AuthenticationPolicy, signal?: AbortSignal): Promise<{ status: number; body: unknown }>
  tokenRequests(): { headers: Upstream['requests'][number]['headers']; body: string }[]
}

async function start(t: Test): Promise<World> {
  const upstream = await startUpstream()
  const egress = createEgress({ allow: [`127.0.0.1:${upstream.port}`] })
  t.teardown(async () => {
    upstream.release()
    await egress.close()
    await upstream.close()
  })
  let now = Date.parse('2026-01-01T00:00:00Z')
  const authenticator = createAuthenticator(egress, { now: () => now })
  return {
    upstream,
    authenticator,
    pass: (ms) => (now += ms),
    policy: (more = {}, scheme = 'oauth2') =>
      readAuthenticationPolicy({
        [scheme]: {
          authority: upstream.url,
          grant: 'client_credentials',
          client: { id: 'client-id', secret: 'client-secret' },
          ...more
        }
      }),
    async call(policy, signal) {
      const response = await authenticator.request(
        { method: 'GET', url: `${upstream.url}/protected`, ...(signal === undefined ? {} : { signal }) },
        policy
      )
      return { status: response.status, body: JSON.parse(response.body.toString()) }
    },
    tokenRequests: () => upstream.requests.filter(({ path }) => path === '/oauth2/token')
  }
}

t.test("basic and bearer credentials reach the upstream, in place of the request's own", async (t) => {
  const { authenticator, upstream } = await start(t)
  const basic = readAuthenticationPolicy({ basic: { username: 'j\u00e4n', password: 'p:ss' } })
  const response = await authenticator.request(
    { method: 'GET', url: `${upstream.url}/basic-auth/j%C3%A4n/p:ss`, headers: { AUTHORIZATION: 'Bearer other' } },
    basic
  )
  t.equal(response.status, 200)
  await authenticator.request(
    { method: 'GET', url: `${upstream.url}/echo` },
    readAuthenticationPolicy({ bearer: { token: 'abc' } })
  )
  t.equal(upstream.requests.at(-1)?.headers.authorization, 'Bearer abc')
})

t.test('client_credentials: a token is fetched once and used until shortly before it expires', async (t) => {
  const { upstream, call, policy, pass } = await start(t)
  t.match(await call(policy()), { status: 200 })
  t.match(await call(policy()), { status: 200 })
  t.equal(upstream.oauth.granted, 1)
  pass(3600_000 - TOKEN_EXPIRY_MARGIN_MS - 1)
  await call(policy())
  t.equal(upstream.oauth.granted, 1, 'just before the margin')
  pass(1)
  t.match(await call(policy()), { status: 200 })
  t.equal(upstream.oauth.granted, 2, 'at the margin')
})

t.test(
  'a token that lives shorter than the margin is used for half its life; one that does not say, for five minutes',
  async (t) => {
    const { upstream, call, policy, pass } = await start(t)
    upstream.oauth.expiresIn = 20
    await call(policy())
    pass(9_999)
    await call(policy())
    t.equal(upstream.oauth.granted, 1)
    pass(1)
    upstream.oauth.expiresIn = undefined
    await call(policy())
    t.equal(upstream.oauth.granted, 2)
    pass(UNKNOWN_TOKEN_LIFETIME_MS - TOKEN_EXPIRY_MARGIN_MS - 1)
    await call(policy())
    t.equal(upstream.oauth.granted, 2)
    pass(1)
    await call(policy())
    t.equal(upstream.oauth.granted, 3)
  }
)

t.test('calls that need a token at the same time wait for one request', async (t) => {
  const { upstream, call, policy } = await start(t)
  const answers = await Promise.all(Array.from({ length: 20 }, () => call(policy())))
  t.ok(answers.every(({ status }) => status === 200))
  t.equal(upstream.oauth.granted, 1)
})

t.test('a call that is cancelled stops waiting for the token, the others do not', async (t) => {
  const { upstream, call, policy } = await start(t)
  const controller = new AbortController()
  const cancelled = call(policy(), controller.signal)
  const other = call(policy())
  controller.abort()
  await t.rejects(cancelled, { name: 'EgressError', code: 'aborted' })
  t.match(await other, { status: 200 })
  t.equal(upstream.oauth.granted, 1)
})

t.test('policies that differ in a secret, a scope or anything else never share a token', async (t) => {
  const { upstream, call, policy } = await start(t)
  await call(policy())
  const variants = [
    policy({ scopes: ['read'] }),
    policy({ scopes: ['read', 'write'] }),
    policy({ audiences: ['read'] }),
    policy({ client: { id: 'client-id', secret: 'client-secret', authentication: 'client_secret_basic' } }),
    policy({ request: { encoding: 'application/json' } }),
    policy({}, 'oidc'),
    policy({ grant: 'password', username: 'resource-owner', password: 'owner-password' })
  ]
  for (const variant of variants) t.match(await call(variant), { status: 200 })
  t.equal(upstream.oauth.granted, 1 + variants.length)
  await t.rejects(
    call(policy({ client: { id: 'client-id', secret: 'guessed' } })),
    { code: 'token_request' },
    "a wrong secret does not find the right one's token"
  )
  await t.rejects(call(policy({ grant: 'password', username: 'resource-owner', password: 'guessed' })), {
    code: 'token_request'
  })
})

t.test('a kept token that the upstream refuses is dropped and fetched once more', async (t) => {
  const { upstream, call, policy } = await start(t)
  await call(policy())
  upstream.oauth.live.clear()
  t.match(await call(policy()), { status: 200 })
  t.equal(upstream.oauth.granted, 2)
  t.equal(upstream.requests.filter(({ path }) => path === '/protected').length, 3)
})

t.test('401: a fresh token that is refused is given back, without a loop, and not kept', async (t) => {
  const { upstream, authenticator, policy } = await start(t)
  const call = (): Promise<{ status: number }> =>
    authenticator.request({ method: 'GET', url: `${upstream.url}/basic-auth/a/b` }, policy())
  t.equal((await call()).status, 401)
  t.equal(upstream.oauth.granted, 1)
  t.equal((await call()).status, 401)
  t.equal(upstream.oauth.granted, 2)
})

t.test("the token request has the grant's parameters, in the encoding asked for", async (t) => {
  const { upstream, call, policy, tokenRequests } = await start(t)
  await call(policy({ scopes: ['a', 'b c'], audiences: ['x', 'y'] }))
  t.match(tokenRequests().at(-1)?.headers, {
    'content-type': 'application/x-www-form-urlencoded',
    accept: 'application/json'
  })
  t.same(Object.fromEntries(new URLSearchParams(tokenRequests().at(-1)?.body)), {
    grant_type: 'client_credentials',
    scope: 'a b c',
    audience: 'x y',
    client_id: 'client-id',
    client_secret: 'client-secret'
  })
  await call(
    policy({
      request: { encoding: 'application/json' },
      grant: 'password',
      username: 'resource-owner',
      password: 'owner-password'
    })
  )
  t.equal(tokenRequests().at(-1)?.headers['content-type'], 'application/json')
  t.same(JSON.parse(tokenRequests().at(-1)?.body ?? ''), {
    grant_type: 'password',
    username: 'resource-owner',
    password: 'owner-password',
    client_id: 'client-id',
    client_secret: 'client-secret'
  })
  t.equal(upstream.oauth.granted, 2)
})

t.test("refresh_token: the newest refresh token is used, and the policy's own once that one is refused", async (t) => {
  const { upstream, call, policy, pass, tokenRequests } = await start(t)
  upstream.oauth.rotateRefreshTokens = true
  const refreshing = policy({
    grant: 'refresh_token',
    subject: { token: 'first-refresh-token', type: 'urn:ietf:params:oauth:token-type:refresh_token' }
  })
  const sent = (): string | null => new URLSearchParams(tokenRequests().at(-1)?.body).get('refresh_token')
  t.match(await call(refreshing), { status: 200 })
  t.equal(sent(), 'first-refresh-token')
  const second = upstream.oauth.refreshToken
  pass(3600_000)
  t.match(await call(refreshing), { status: 200 })
  t.equal(sent(), second)
  upstream.oauth.refreshToken = 'first-refresh-token'
  pass(3600_000)
  await t.rejects(call(refreshing), { code: 'token_request' })
  t.match(await call(refreshing), { status: 200 })
  t.equal(sent(), 'first-refresh-token')
})

t.test('each client authentication shows the client as its RFC says', async (t) => {
  const { upstream, call, policy, tokenRequests } = await start(t)
  upstream.oauth.clientId = 'cl:ient \u00fc'
  upstream.oauth.clientSecret = 's+cret/%'
  const client = { id: upstream.oauth.clientId, secret: upstream.oauth.clientSecret }
  t.match(
    await call(policy({ client: { ...client, authentication: 'client_secret_basic' } })),
    { status: 200 },
    'form-encoded before it is joined'
  )
  t.notMatch(tokenRequests().at(-1)?.body, /client_id|client_secret/)
  t.match(await call(policy({ client: { ...client, authentication: 'client_secret_post' } })), { status: 200 })

  const long = 'a-secret-of-more-than-thirty-two-characters'
  t.match(await call(policy({ client: { id: 'c', secret: long, authentication: 'client_secret_jwt' } })), {
    status: 200
  })
  const signed = new URLSearchParams(tokenRequests().at(-1)?.body)
  const { payload } = await jwtVerify(signed.get('client_assertion') ?? '', Buffer.from(long), {
    currentDate: new Date('2026-01-01T00:00:00Z'),
    algorithms: ['HS256']
  })
  t.match(payload, {
    iss: 'c',
    sub: 'c',
    aud: `${upstream.url}/oauth2/token`,
    jti: String,
    exp: Date.parse('2026-01-01T00:01:00Z') / 1000
  })
  t.notOk(signed.has('client_secret'))

  t.match(
    await call(policy({ client: { id: 'c', assertion: 'given.by.author', authentication: 'private_key_jwt' } })),
    { status: 200 }
  )
  t.match(Object.fromEntries(new URLSearchParams(tokenRequests().at(-1)?.body)), {
    client_assertion: 'given.by.author',
    client_id: 'c',
    client_assertion_type: 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer'
  })

  await t.rejects(call(policy({ client: { id: 'c', authentication: 'private_key_jwt' } })), {
    code: 'invalid_policy',
    message: 'oauth2.client.assertion is missing, which private_key_jwt needs'
  })
  await t.rejects(call(policy({ client: { id: 'c' } })), {
    code: 'invalid_policy',
    message: 'oauth2.client.secret is missing, which client_secret_post needs'
  })
  await t.rejects(call(policy({ client: { id: 'public', authentication: 'none' } })), {
    code: 'token_request',
    message: /401 invalid_client/
  })
  t.same(Object.fromEntries(new URLSearchParams(tokenRequests().at(-1)?.body)), {
    grant_type: 'client_credentials',
    client_id: 'public'
  })
})

t.test('endpoints are paths below the authority, whose own path stays, or absolute', async (t) => {
  const { upstream, call, policy } = await start(t)
  for (const more of [
    { authority: `${upstream.url}/` },
    { authority: upstream.url, endpoints: { token: 'oauth2/token' } },
    { authority: `${upstream.url}/oauth2`, endpoints: { token: '/token' } },
    { authority: 'http://elsewhere.example', endpoints: { token: `${upstream.url}/oauth2/token` } }
  ]) {
    t.match(await call(policy(more)), { status: 200 }, JSON.stringify(more))
  }
})

t.test('oidc: the token endpoint is discovered once, and the issuer must be the one asked for', async (t) => {
  const { upstream, call, policy, pass } = await start(t)
  const discoveries = (): number =>
    upstream.requests.filter(({ path }) => path === '/.well-known/openid-configuration').length
  t.match(await call(policy({}, 'oidc')), { status: 200 })
  t.match(await call(policy({ scopes: ['other'] }, 'oidc')), { status: 200 })
  t.equal(discoveries(), 1)
  pass(60 * 60 * 1000 + 1)
  upstream.oauth.issuer = 'https://evil.example'
  await t.rejects(call(policy({}, 'oidc')), { code: 'discovery', message: /belongs to another issuer$/ })
  t.equal(discoveries(), 2, 'and looked up again after an hour')
  t.match(
    await call(policy({ issuers: ['https://evil.example'] }, 'oidc')),
    { status: 200 },
    'unless the policy lists it'
  )
})

t.test(
  'oidc: an authority may be the issuer, with a slash or without, or the address of its discovery document',
  async (t) => {
    const { upstream, call, policy } = await start(t)
    for (const authority of ['', '/', '/.well-known/openid-configuration', '/.well-known/openid-configuration/'])
      t.match(await call(policy({ authority: upstream.url + authority }, 'oidc')), { status: 200 }, authority)
    t.same(
      new Set(upstream.requests.map(({ path }) => path).filter((path) => path.includes('.well-known'))),
      new Set(['/.well-known/openid-configuration'])
    )
  }
)

t.test('oidc: openid is asked for where a person is authenticated, and nowhere else', async (t) => {
  const { call, policy, tokenRequests } = await start(t)
  const person = { grant: 'password', username: 'resource-owner', password: 'owner-password' }
  for (const [more, scheme, scope] of [
    [person, 'oidc', 'openid'],
    [{ ...person, scopes: ['orders', 'stock'] }, 'oidc', 'openid orders stock'],
    [{ ...person, scopes: ['orders', 'openid'] }, 'oidc', 'orders openid'],
    [{ ...person, scopes: ['orders'] }, 'oauth2', 'orders'],
    [{}, 'oidc', null],
    [{ scopes: ['orders'] }, 'oidc', 'orders']
  ] as const) {
    t.match(await call(policy(more, scheme)), { status: 200 })
    t.equal(new URLSearchParams(tokenRequests().at(-1)?.body).get('scope'), scope, `${scheme} ${JSON.stringify(more)}`)
  }
})

t.test('issuers: a token of an issuer that is not listed is not used', async (t) => {
  const { upstream, call, policy } = await start(t)
  const jwt = (claims: object): string =>
    ['{"alg":"none"}', JSON.stringify(claims), 'sig'].map((part) => Buffer.from(part).toString('base64url')).join('.')
  upstream.oauth.makeToken = () => jwt({ iss: 'https://good.example', n: upstream.oauth.granted })
  t.equal(decodeJwt(upstream.oauth.makeToken()).iss, 'https://good.example')
  t.match(await call(policy({ issuers: ['https://good.example'] })), { status: 200 })
  await t.rejects(call(policy({ issuers: ['https://other.example'] })), {
    code: 'token_response',
    message: /issuer that the policy does not list/
  })
  upstream.oauth.makeToken = () => 'opaque-token'
  await t.rejects(call(policy({ issuers: ['https://good.example'], scopes: ['x'] })), {
    code: 'token_response',
    message: /names no issuer/
  })
})

t.test("failures name the host and the error code, never a credential or the server's own text", async (t) => {
  const { upstream, call, policy } = await start(t)
  const cases: [AuthenticationPolicy, object][] = [
    [
      policy({ client: { id: 'client-id', secret: 'my-s3cret' } }),
      { code: 'token_request', message: `The token endpoint of 127.0.0.1:${upstream.port} answered 401 invalid_client` }
    ],
    [
      policy({ grant: 'password', username: 'u', password: 'my-s3cret' }),
      { code: 'token_request', message: /400 invalid_grant$/ }
    ],
    [
      policy({ authority: `${upstream.url}/redirect?to=/oauth2/token&x=` }),
      { code: 'token_request', message: /answered 302$/ }
    ],
    [
      policy({ authority: `${upstream.url}/drop#my-s3cret` }),
      { code: 'token_request', message: /authorization server failed: 127\.0\.0\.1:\d+ closed/ }
    ],
    [
      policy({ authority: 'http://10.0.0.1/' }),
      { code: 'token_request', message: /authorization server failed: 10\.0\.0\.1 is a private address/ }
    ],
    [policy({ authority: 'http://user:my-s3cret@127.0.0.1/' }), { code: 'token_request' }],
    [
      policy({ authority: `${upstream.url}/text` }),
      { code: 'token_response', message: /without a usable access_token$/ }
    ],
    [
      policy({ authority: `${upstream.url}/text` }, 'oidc'),
      { code: 'discovery', message: /lacks issuer or token_endpoint/ }
    ],
    [policy({ authority: `${upstream.url}/status/500` }, 'oidc'), { code: 'discovery', message: /answered 500 for/ }]
  ]
  for (const [bad, expected] of cases) {
    const error: unknown = await call(bad).catch((error: unknown) => error)
    t.match(error, { name: 'AuthenticationError', ...expected })
    t.notMatch(error instanceof Error ? error.message : '', 's3cret')
  }
  t.equal(upstream.requests.filter(({ path }) => path === '/protected').length, 0, 'the upstream is not called')
})

t.test('a token of a type that is not Bearer, or that no header can carry, is not used', async (t) => {
  const { upstream, call, policy } = await start(t)
  upstream.oauth.tokenType = 'DPoP'
  await t.rejects(call(policy()), { code: 'token_response', message: /not a Bearer token/ })
  upstream.oauth.tokenType = 'bearer'
  t.match(await call(policy()), { status: 200 })
  upstream.oauth.makeToken = () => 'a\r\nx-injected: 1'
  await t.rejects(call(policy({ scopes: ['x'] })), { code: 'token_response' })
})
