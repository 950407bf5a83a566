import { TOTP, URI } from 'otpauth'
import t from 'tap'
import { stepOfCode } from '../../src/accounts/totp.ts'
import { Secret } from '../../src/lib/secret.ts'
import type { Person } from '../fixtures/client.ts'
import { basicHeader } from '../fixtures/credentials.ts'
import { createEchoListener } from '../fixtures/echo-listener.ts'
import { startSluice } from '../fixtures/sluice.ts'
import { until } from '../fixtures/until.ts'

const STEP_MS = 30_000
const NEWS_MS = 30_000

t.test('codes match RFC 6238, appendix B (SHA-1, the last six digits)', async (t) => {
  const secret = new Secret('GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ')
  for (const [seconds, code] of [
    [59, '287082'],
    [1_111_111_109, '081804'],
    [1_111_111_111, '050471'],
    [1_234_567_890, '005924'],
    [2_000_000_000, '279037'],
    [20_000_000_000, '353130']
  ] as const) {
    t.equal(stepOfCode(secret, code, seconds * 1000), Math.floor(seconds / 30), String(seconds))
    t.equal(stepOfCode(secret, code, seconds * 1000 + STEP_MS), Math.floor(seconds / 30), 'one step late')
    t.equal(stepOfCode(secret, code, seconds * 1000 + 2 * STEP_MS), undefined, 'two steps late')
  }
  for (const code of ['', '28708', '2870820', '28708a', '٢٨٧٠٨٢', ' 287082'])
    t.equal(stepOfCode(secret, code, 59_000), undefined, code)
})

t.test('a second factor', async (t) => {
  const { client, clock, logged } = await startSluice(t)
  const owner = await client.signUp()
  const { path } = await createEchoListener(t, client, owner)
  const signIn = (totp?: string, person: Person = owner) =>
    client.call('POST', '/v1/sessions', {
      body: { email: person.email, password: person.password, ...(totp === undefined ? {} : { totp }) }
    })
  const manage = (method: string, call: string, body: Record<string, unknown>, person: Person = owner) =>
    client.call(method, `/v1/account/totp${call}`, { as: person.session, body })
  const codeOf = (uri: string, steps = 0): string =>
    (URI.parse(uri) as TOTP).generate({ timestamp: clock.now() + steps * STEP_MS })
  /** Every test starts in a time step whose code is unused. */
  const nextStep = (): void => clock.advance(3 * STEP_MS)

  t.equal((await manage('POST', '', { password: 'wrong pass phrase' })).json.code, 'password_incorrect')
  const begun = await manage('POST', '', { password: owner.password })
  t.equal(begun.status, 201, begun.text)
  t.match(begun.json, {
    uri: /^otpauth:\/\/totp\/Sluice:.*secret=[A-Z2-7]{32}/,
    recoveryCodes: Array(10).fill(/^[a-z2-9]{4}(-[a-z2-9]{4}){3}$/)
  })
  t.equal(begun.headers['cache-control'], 'no-store')
  t.equal((await signIn()).status, 201, 'no code is needed before the confirmation')
  t.equal((await client.call('GET', path, { headers: [basicHeader(owner)] })).status, 200, 'Basic still works')

  const { uri, recoveryCodes } = (await manage('POST', '', { password: owner.password })).json
  t.equal(
    (await manage('POST', '/confirm', { totp: codeOf(begun.json.uri) })).status,
    400,
    'a code of the former secret'
  )
  const confirming = codeOf(uri)
  t.equal((await manage('POST', '/confirm', { totp: confirming })).status, 204)
  t.match((await client.call('GET', '/v1/account/totp', { as: owner.session })).json, {
    enabled: true,
    recoveryCodesLeft: 10
  })

  await t.test(
    '401: Basic with the correct password is rejected like a wrong one, even where it was remembered',
    async (t) => {
      for (const [method, url] of [
        ['GET', path],
        ['GET', '/v1/account'],
        ['GET', '/v1/tokens']
      ] as const) {
        const right = await client.call(method, url, { headers: [basicHeader(owner)] })
        const wrong = await client.call(method, url, {
          headers: [basicHeader({ ...owner, password: 'wrong pass phrase' })]
        })
        t.same([right.status, { ...right.json, requestId: '' }], [401, { ...wrong.json, requestId: '' }], url)
      }
    }
  )

  await t.test(
    '401: a password alone, a wrong code, and the code that confirmed the factor cannot sign in',
    async (t) => {
      const missing = await signIn()
      t.match(missing, { status: 401, json: { code: 'invalid_token', totp: 'required' } })
      for (const code of ['000000', confirming, 'aaaa-aaaa-aaaa-aaaa'])
        t.match(await signIn(code), { status: 401, json: { totp: 'refused' } }, code)
      const wrong = await client.call('POST', '/v1/sessions', {
        body: { email: owner.email, password: 'wrong pass phrase', totp: '000000' }
      })
      t.same(
        [wrong.status, wrong.json.totp],
        [401, undefined],
        'a wrong password reveals nothing about a second factor'
      )
    }
  )

  await t.test('201 once for each code, even if two sign-ins use it at once', async (t) => {
    nextStep()
    const code = codeOf(uri)
    const answers = await Promise.all([signIn(code), signIn(code)])
    t.same(answers.map(({ status }) => status).sort(), [201, 401])
    t.equal((await signIn(code)).status, 401)
    t.equal((await signIn(codeOf(uri, 1))).status, 201, 'the next code is accepted one step early')
    t.equal((await signIn(codeOf(uri))).status, 401, 'no earlier code is accepted after it')
  })

  await t.test('201 once for each recovery code, in any notation', async (t) => {
    const [first = '', second = ''] = recoveryCodes as string[]
    t.equal((await signIn(first)).status, 201)
    t.equal((await signIn(first)).status, 401)
    t.equal((await signIn(second.toUpperCase().replaceAll('-', ' '))).status, 201)
    t.equal((await client.call('GET', '/v1/account/totp', { as: owner.session })).json.recoveryCodesLeft, 8)
  })

  await t.test('409: a confirmed factor cannot be replaced or confirmed again', async (t) => {
    t.equal((await manage('POST', '', { password: owner.password })).status, 409)
    t.equal((await manage('POST', '/confirm', { totp: codeOf(uri) })).status, 409)
  })

  await t.test('204: the password and a code remove the factor, and Basic works again', async (t) => {
    t.equal((await manage('DELETE', '', { password: 'wrong pass phrase' })).status, 403)
    t.equal((await manage('DELETE', '', { password: owner.password })).status, 400, 'it takes a code')
    nextStep()
    t.equal((await manage('DELETE', '', { password: owner.password, totp: codeOf(uri) })).status, 204)
    t.equal((await signIn()).status, 201)
    t.equal((await client.call('GET', path, { headers: [basicHeader(owner)] })).status, 200)
  })

  await t.test('429: after five wrong codes even the correct one must wait', async (t) => {
    const other = await client.signUp()
    const { uri: otherUri } = (await manage('POST', '', { password: other.password }, other)).json
    t.equal((await manage('POST', '/confirm', { totp: codeOf(otherUri) }, other)).status, 204)
    nextStep()
    const tried = await Promise.all(Array.from({ length: 12 }, () => signIn('000000', other)))
    t.equal(tried.filter(({ status }) => status === 401).length, 5, 'of many concurrent codes, five are checked')
    const waits = await signIn(codeOf(otherUri), other)
    t.match(waits, {
      status: 429,
      json: { code: 'rate_limited' },
      headers: {
        'retry-after': /^\d+$/,
        'ratelimit-policy': '"totp-soon";q=5;w=900',
        ratelimit: /^"totp-soon";r=0;t=\d+$/
      }
    })
  })

  t.notMatch(logged(), /otpauth|[a-z2-9]{4}-[a-z2-9]{4}-[a-z2-9]{4}/, 'no secret or code in the log')
})

t.test('a second factor over two gateways on one database', async (t) => {
  const first = await startSluice(t)
  const second = await startSluice(t, { databaseUrl: first.databaseUrl, clock: first.clock, publicUrl: first.url })
  const owner = await first.client.signUp()
  const { uri } = (
    await first.client.call('POST', '/v1/account/totp', { as: owner.session, body: { password: owner.password } })
  ).json
  const codeOf = (): string => (URI.parse(uri as string) as TOTP).generate({ timestamp: first.clock.now() })
  const signIn = ({ client }: typeof first, totp: string) =>
    client.call('POST', '/v1/sessions', { body: { email: owner.email, password: owner.password, totp } })

  await t.test(
    '401: another process that remembered a Basic credential rejects it once the factor is enabled',
    async (t) => {
      t.equal((await second.client.call('GET', '/v1/account', { headers: [basicHeader(owner)] })).status, 200)
      t.equal(
        (await first.client.call('POST', '/v1/account/totp/confirm', { as: owner.session, body: { totp: codeOf() } }))
          .status,
        204
      )
      await until(
        async () => (await second.client.call('GET', '/v1/account', { headers: [basicHeader(owner)] })).status === 401,
        NEWS_MS,
        'the notification arrives'
      )
    }
  )

  await t.test('201 once for each code, whichever process accepts it', async (t) => {
    first.clock.advance(3 * STEP_MS)
    const code = codeOf()
    t.same(
      (await Promise.all([signIn(first, code), signIn(second, code)])).map(({ status }) => status).sort(),
      [201, 401]
    )
    t.same([(await signIn(first, code)).status, (await signIn(second, code)).status], [401, 401])
  })

  await t.test('429: wrong codes are counted across processes', async (t) => {
    await first.services.database.pool.query('delete from rate_limit')
    const statuses: number[] = []
    for (let count = 0; count < 8; count++)
      statuses.push((await signIn(count % 2 === 0 ? first : second, '000000')).status)
    t.same(statuses, [401, 401, 401, 401, 401, 429, 429, 429])
  })
})
