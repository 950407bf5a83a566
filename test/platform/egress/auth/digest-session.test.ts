import t, { type Test } from 'tap'
import { systemClock } from '../../../../src/lib/clock.ts'
import {
  createAuthenticator,
  createEgress,
  readAuthenticationPolicy,
  type Authenticator,
  type AuthenticationPolicy
} from '../../../../src/platform/egress/index.ts'
import { startUpstream, type Upstream } from '../../../fixtures/upstream.ts'

const policy = readAuthenticationPolicy({ digest: { username: 'mufasa', password: 'circle of life' } })
const PATH = '/digest/mufasa/circle%20of%20life'

async function start(t: Test): Promise<{ authenticator: Authenticator; upstream: Upstream; other: Upstream }> {
  const [upstream, other] = await Promise.all([startUpstream(), startUpstream()])
  const egress = createEgress({ allow: [`127.0.0.1:${upstream.port}`, `127.0.0.1:${other.port}`] })
  t.teardown(async () => {
    await egress.close()
    await Promise.all([upstream.close(), other.close()])
  })
  return { authenticator: createAuthenticator(egress, systemClock), upstream, other }
}

async function call(
  authenticator: Authenticator,
  url: string,
  as: AuthenticationPolicy = policy
): Promise<{ status: number; body: unknown }> {
  const response = await authenticator.request({ method: 'POST', url, body: 'the body' }, as)
  return { status: response.status, body: JSON.parse(response.body.toString()) }
}

t.test('each algorithm and protection is accepted by a server written from the RFC', async (t) => {
  const { authenticator, upstream } = await start(t)
  for (const algorithm of ['MD5', 'MD5-sess', 'SHA-256', 'SHA-256-sess', 'SHA-512-256', 'SHA-512-256-sess']) {
    for (const qop of ['auth', 'auth-int', 'auth-int, auth']) {
      const answer = await call(
        authenticator,
        `${upstream.url}${PATH}?algorithm=${algorithm}&qop=${encodeURIComponent(qop)}`
      )
      t.match(answer, { status: 200, body: { authenticated: true } }, `${algorithm} ${qop}`)
    }
  }
  t.match(
    await call(authenticator, `${upstream.url}${PATH}?algorithm=MD5&qop=none`),
    { status: 200 },
    'RFC 2069, without qop'
  )
  t.match(await call(authenticator, `${upstream.url}${PATH}?algorithm=MD5,SHA-256`), { status: 200 })
})

t.test('a nonce is used again with a growing count, so that later calls need no challenge', async (t) => {
  const { authenticator, upstream } = await start(t)
  for (const nc of ['00000001', '00000002', '00000003'])
    t.match(await call(authenticator, `${upstream.url}${PATH}`), { status: 200, body: { nc } })
  t.equal(upstream.requests.length, 4)
})

t.test('a stale nonce is replaced and the call sent again', async (t) => {
  const { authenticator, upstream } = await start(t)
  for (let index = 0; index < 6; index++)
    t.match(await call(authenticator, `${upstream.url}${PATH}?uses=2`), { status: 200 })
  t.equal(upstream.requests.length, 6 + 3, 'a challenge for every second call')
})

t.test('calls at the same time share a nonce without using a count twice', async (t) => {
  const { authenticator, upstream } = await start(t)
  await call(authenticator, `${upstream.url}${PATH}`)
  const answers = await Promise.all(Array.from({ length: 8 }, () => call(authenticator, `${upstream.url}${PATH}`)))
  t.ok(answers.every(({ status }) => status === 200))
  t.equal(upstream.requests.length, 2 + 8)
})

t.test(
  "401: wrong credentials are given back after one try, and remembered nonces are not another user's",
  async (t) => {
    const { authenticator, upstream } = await start(t)
    await call(authenticator, `${upstream.url}${PATH}`)
    const before = upstream.requests.length
    const wrong = readAuthenticationPolicy({ digest: { username: 'mufasa', password: 'wrong' } })
    t.match(await call(authenticator, `${upstream.url}${PATH}`, wrong), { status: 401 })
    t.equal(upstream.requests.length - before, 2)
    t.notMatch(JSON.stringify(upstream.requests), 'circle of life')
  }
)

t.test('a 401 without a Digest challenge is given back', async (t) => {
  const { authenticator, upstream } = await start(t)
  t.match(await call(authenticator, `${upstream.url}/basic-auth/a/b`), { status: 401 })
  t.equal(upstream.requests.length, 1)
})

t.test(
  "a redirect within the origin is answered anew; another origin's challenge is not answered at all",
  async (t) => {
    const { authenticator, upstream, other } = await start(t)
    const through = (from: string, to: string): string => `${from}/redirect?status=307&to=${encodeURIComponent(to)}`
    const within = await authenticator.request(
      { method: 'GET', url: through(upstream.url, PATH), redirect: 'follow' },
      policy
    )
    t.match(within, { status: 200, redirects: 1 })
    const across = await authenticator.request(
      { method: 'GET', url: through(upstream.url, `${other.url}${PATH}`), redirect: 'follow' },
      policy
    )
    t.match(across, { status: 401, redirects: 1 })
    const back = await authenticator.request(
      { method: 'GET', url: through(upstream.url, through(other.url, `${upstream.url}/echo`)), redirect: 'follow' },
      policy
    )
    t.notMatch(
      JSON.parse(back.body.toString()).headers,
      { authorization: String },
      'nor does it come back through another origin'
    )
    t.ok(other.requests.every(({ headers }) => headers.authorization === undefined))
  }
)
