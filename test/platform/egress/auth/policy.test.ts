import t from 'tap'
import { Secret } from '../../../../src/lib/secret.ts'
import { basicAuthorization, bearerAuthorization } from '../../../../src/platform/egress/auth/authorization-headers.ts'
import { readAuthenticationPolicy } from '../../../../src/platform/egress/index.ts'

t.test('a policy of the DSL becomes one of ours, its secrets wrapped', async (t) => {
  const policy = readAuthenticationPolicy({ basic: { username: 'u', password: 'p' } })
  t.match(policy, { scheme: 'basic', username: 'u' })
  t.equal(policy.scheme === 'basic' && policy.password.reveal(), 'p')
  const oauth = readAuthenticationPolicy({
    oauth2: {
      authority: 'https://auth.example/realm',
      grant: 'password',
      username: 'u',
      password: 'p3',
      client: { id: 'c', secret: 's3', assertion: 'a3' },
      scopes: ['a', 'b'],
      audiences: ['x'],
      issuers: ['i']
    }
  })
  t.match(
    oauth,
    {
      scheme: 'oauth2',
      authority: 'https://auth.example/realm',
      tokenEndpoint: '/oauth2/token',
      grant: 'password',
      client: { id: 'c', authentication: 'client_secret_post' },
      encoding: 'application/x-www-form-urlencoded',
      scopes: ['a', 'b'],
      audiences: ['x'],
      issuers: ['i'],
      username: 'u'
    },
    'with the defaults of the DSL'
  )
  const refresh = readAuthenticationPolicy({
    oidc: { authority: 'https://a.example', grant: 'refresh_token', subject: { token: 'r3', type: 'refresh_token' } }
  })
  t.match(refresh, { scheme: 'oidc', grant: 'refresh_token' })
  t.notMatch(
    JSON.stringify([policy, oauth, refresh, readAuthenticationPolicy({ bearer: { token: 'b3' } })]),
    /"p"|p3|s3|a3|r3|b3/,
    'none of them prints'
  )
})

t.test('unsupported: what is not built is named with what is', async (t) => {
  const oauth = (more: object): unknown => ({
    oauth2: { authority: 'https://a.example', grant: 'client_credentials', ...more }
  })
  for (const [policy, message] of [
    [{ certificate: {} }, /use basic, bearer, digest, oauth2 or oidc/],
    [
      oauth({ grant: 'authorization_code' }),
      /^oauth2\.grant is not supported: use client_credentials, password, refresh_token$/
    ],
    [oauth({ grant: 'urn:ietf:params:oauth:grant-type:token-exchange' }), /oauth2\.grant/],
    [oauth({ client: { authentication: 'tls_client_auth' } }), /^oauth2\.client\.authentication is not supported/],
    [oauth({ request: { encoding: 'text/plain' } }), /^oauth2\.request\.encoding is not supported/]
  ] as const)
    t.throws(() => readAuthenticationPolicy(policy), { code: 'unsupported', message })
})

t.test('invalid_policy: a missing or wrong property is named, its value is not', async (t) => {
  for (const [policy, message] of [
    [null, /^authentication must be an object$/],
    [{}, /exactly one scheme/],
    [{ basic: { username: 'u', password: 'p' }, bearer: { token: 't' } }, /exactly one scheme/],
    [{ basic: { username: 'u' } }, /^basic\.password is missing$/],
    [{ basic: { username: 'u', password: ['s3cret'] } }, /^basic\.password must be text$/],
    [{ bearer: 's3cret' }, /^bearer must be an object$/],
    [{ oauth2: { grant: 'client_credentials' } }, /^oauth2\.authority is missing$/],
    [{ oidc: { authority: 'https://a.example' } }, /^oidc\.grant is missing$/],
    [{ oidc: { authority: 'https://a.example', grant: 'password' } }, /^oidc\.username is missing$/],
    [{ oidc: { authority: 'https://a.example', grant: 'refresh_token' } }, /^oidc\.subject\.token is missing$/],
    [
      { oidc: { authority: 'https://a.example', grant: 'client_credentials', scopes: 's3cret' } },
      /^oidc\.scopes must be a list of texts$/
    ]
  ] as const)
    t.throws(() => readAuthenticationPolicy(policy), { code: 'invalid_policy', message })
})

t.test('basic: UTF-8, and no colon or control character that would change its meaning', async (t) => {
  t.equal(basicAuthorization('Aladdin', new Secret('open sesame')), 'Basic QWxhZGRpbjpvcGVuIHNlc2FtZQ==')
  t.equal(basicAuthorization('test', new Secret('123\u00a3')), 'Basic dGVzdDoxMjPCow==', 'RFC 7617, section 2.1')
  t.throws(() => basicAuthorization('a:b', new Secret('c')), { code: 'invalid_policy' })
  t.throws(() => basicAuthorization('a', new Secret('s3cret\r\n')), {
    code: 'invalid_policy',
    message: /^((?!s3cret).)*$/
  })
})

t.test('bearer: one word of visible characters', async (t) => {
  t.equal(bearerAuthorization(new Secret('mF_9.B5f-4.1JqM')), 'Bearer mF_9.B5f-4.1JqM')
  for (const token of ['', 's3cret x', 's3cret\r\nx: y', 's3cret\u00fc'])
    t.throws(() => bearerAuthorization(new Secret(token)), { code: 'invalid_policy', message: /^((?!s3cret).)*$/ })
})
