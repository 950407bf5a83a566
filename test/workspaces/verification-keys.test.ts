import { generateKeyPairSync, type KeyObject } from 'node:crypto'
import t from 'tap'
import { customerToken, signingWorkspace } from '../fixtures/customer-token.ts'
import { startSecondProcess } from '../fixtures/second-process.ts'
import { startSluice } from '../fixtures/sluice.ts'
import { until } from '../fixtures/until.ts'
import { addMember } from '../fixtures/members.ts'

const sluice = await startSluice(t)
const { client } = sluice
const owner = await client.signUp('Ada')

const pem = (key: KeyObject): string => key.export({ type: 'spki', format: 'pem' }).toString()
const status = async (token: string) => (await client.call('GET', '/v1/self', { as: token })).status
const change = (id: string, body: object) => client.call('PATCH', `/v1/workspaces/${id}`, { as: owner.session, body })

t.test('rotation of the secret', async (t) => {
  const workspace = await signingWorkspace(client, owner, 'Rotating')
  const rotate = (overlapSeconds?: number, password = owner.password) =>
    client.call('POST', `/v1/workspaces/${workspace.id}/secret/rotate`, {
      as: owner.session,
      body: { password, ...(overlapSeconds === undefined ? {} : { overlapSeconds }) }
    })
  const signWith = (secret: string, kid?: string) =>
    customerToken(
      { iss: workspace.key, id: 'r', exp: Math.floor(sluice.clock.now() / 1000) + 7200 },
      secret,
      kid === undefined ? {} : { kid }
    )
  const first = signWith(workspace.secret)
  t.equal(await status(first), 200)

  t.equal((await rotate(0, 'wrong')).status, 403)
  t.equal((await rotate(-1)).status, 400)
  t.equal(await status(first), 200, 'nothing changed')

  const second = await rotate(600)
  t.equal(second.status, 201, second.text)
  t.match(second.json.secret, /^[0-9a-f]{128}$/)
  t.equal(second.headers['cache-control'], 'no-store')
  t.equal(await status(first), 200, 'both verify during the overlap, for a token that was verified before')
  t.equal(await status(signWith(workspace.secret)), 200, 'and for a token that was not')
  t.equal(await status(signWith(second.json.secret)), 200)
  t.equal(await status(signWith(second.json.secret, 'secret-2')), 200, 'by its kid')
  t.equal(await status(signWith(workspace.secret, 'secret-1')), 200)
  t.equal(await status(signWith(workspace.secret, 'secret-2')), 401, 'a kid is not ignored')

  const third = await rotate(3600)
  t.equal(await status(first), 200, 'another rotation does not shorten the overlap')
  sluice.clock.advance(601_000)
  t.equal(await status(first), 401, 'another rotation does not extend the overlap')
  t.equal(await status(signWith(second.json.secret)), 200)

  const fourth = await rotate()
  for (const old of [workspace.secret, second.json.secret, third.json.secret])
    t.equal(await status(signWith(old)), 401, 'without an overlap all former secrets stop at once')
  t.equal(await status(signWith(fourth.json.secret)), 200)
  t.notMatch(sluice.logged(), fourth.json.secret)
  sluice.clock.advance(-601_000)
})

t.test('public keys', async (t) => {
  const workspace = await signingWorkspace(client, owner, 'Public')
  const path = `/v1/workspaces/${workspace.id}/public-keys`
  const register = (publicKey: unknown, name = 'key') =>
    client.call('POST', path, { as: owner.session, body: { name, publicKey } })
  const pairs = {
    RS256: generateKeyPairSync('rsa', { modulusLength: 2048 }),
    ES256: generateKeyPairSync('ec', { namedCurve: 'P-256' }),
    EdDSA: generateKeyPairSync('ed25519')
  }

  for (const [alg, { publicKey, privateKey }] of Object.entries(pairs)) {
    await t.test(
      `201: ${alg}, verified from the next call on, and refused from the next call after it is removed`,
      async (t) => {
        const token = customerToken({ iss: workspace.key, id: alg }, privateKey, { alg })
        t.equal(await status(token), 401, 'not registered')
        const registered = await register(
          alg === 'RS256' ? pem(publicKey) : { ...publicKey.export({ format: 'jwk' }), kid: `kid ${alg}` }
        )
        t.equal(registered.status, 201, registered.text)
        t.ok(registered.json.algorithms.includes(alg))
        t.equal(await status(token), 200)
        t.equal(await status(token), 200, 'remembered')
        t.equal(
          await status(customerToken({ iss: workspace.key, id: alg }, privateKey, { alg, kid: registered.json.kid })),
          200
        )
        t.equal(
          await status(customerToken({ iss: workspace.key, id: alg }, pem(publicKey))),
          401,
          'the public key does not verify as an HMAC secret'
        )
        t.equal((await register(pem(publicKey))).status, 409, 'a key cannot be registered twice')
        t.ok(
          (await client.call('GET', path, { as: owner.session })).json.items.some(
            ({ id }: { id: string }) => id === registered.json.id
          )
        )
        t.equal((await client.call('DELETE', `${path}/${registered.json.id}`, { as: owner.session })).status, 204)
        t.equal(await status(token), 401, 'a remembered token does not outlive its key')
        t.equal((await client.call('DELETE', `${path}/${registered.json.id}`, { as: owner.session })).status, 404)
      }
    )
  }

  await t.test('400: unacceptable keys, each with the reason', async (t) => {
    const small = generateKeyPairSync('rsa', { modulusLength: 1024 })
    const cases: [string, unknown, RegExp][] = [
      ['private PEM', pairs.RS256.privateKey.export({ type: 'pkcs8', format: 'pem' }), /private/],
      ['private JWK', pairs.ES256.privateKey.export({ format: 'jwk' }), /private/],
      ['oct', { kty: 'oct', k: 'AAAA' }, /symmetric/],
      ['RSA 1024', pem(small.publicKey), /2048/],
      ['nonsense', 'nonsense', /PEM/],
      ['a kid of secrets', { ...pairs.EdDSA.publicKey.export({ format: 'jwk' }), kid: 'secret-1' }, /secrets/]
    ]
    for (const [what, key, reason] of cases) {
      const answer = await register(key)
      t.equal(answer.status, 400, what)
      t.match(answer.json.errors, [{ pointer: '/publicKey', message: reason }], what)
    }
  })

  await t.test('409: another key with a registered kid', async (t) => {
    const two = [generateKeyPairSync('ed25519'), generateKeyPairSync('ed25519')]
    const answers = []
    for (const { publicKey } of two)
      answers.push(await register({ ...publicKey.export({ format: 'jwk' }), kid: 'same' }))
    t.strictSame(
      answers.map((answer) => answer.status),
      [201, 409]
    )
  })

  await t.test('403 for editors, 404 for accounts that are not members', async (t) => {
    const [editor, stranger] = [await client.signUp('Editor'), await client.signUp('Stranger')]
    await addMember(client, owner, editor, 'editor', workspace.id)
    const body = { name: 'x', publicKey: pem(pairs.EdDSA.publicKey) }
    t.equal((await client.call('POST', path, { as: editor.session, body })).status, 403)
    t.equal((await client.call('POST', path, { as: stranger.session, body })).status, 404)
    t.equal((await client.call('GET', path, { as: stranger.session })).status, 404)
    t.equal(
      (
        await client.call('POST', `/v1/workspaces/${workspace.id}/secret/rotate`, {
          as: editor.session,
          body: { password: editor.password }
        })
      ).status,
      403
    )
    t.equal(
      (
        await client.call('POST', `/v1/workspaces/${workspace.id}/secret/rotate`, {
          as: stranger.session,
          body: { password: stranger.password }
        })
      ).status,
      404
    )
  })
})

t.test('the rules of a workspace apply to tokens that were verified before', async (t) => {
  const workspace = await signingWorkspace(client, owner, 'Rules')
  const token = workspace.sign({ id: 'a' })
  t.equal(await status(token), 200)
  const steps: [object, number][] = [
    [{ secretKeyAuth: false }, 401],
    [{ secretKeyAuth: true }, 200],
    [{ algorithms: ['RS256'] }, 401],
    [{ algorithms: ['HS256', 'RS256'] }, 200],
    [{ algorithms: null }, 200],
    [{ maxTokenSeconds: 60 }, 401],
    [{ maxTokenSeconds: 3600 }, 200],
    [{ maxTokenSeconds: null }, 200]
  ]
  for (const [body, expected] of steps) {
    const answer = await change(workspace.id, body)
    t.match(answer.json, body, answer.text)
    t.equal(await status(token), expected, JSON.stringify(body))
  }
  t.equal((await change(workspace.id, { name: 'Renamed', maxTokenSeconds: 7200 })).json.name, 'Renamed')
  t.equal((await change(workspace.id, {})).json.name, 'Renamed', 'an empty change changes nothing')
  for (const body of [
    { algorithms: [] },
    { algorithms: ['none'] },
    { maxTokenSeconds: 0 },
    { secretKeyAuth: 'yes' },
    { key: 'x' }
  ])
    t.equal((await change(workspace.id, body)).status, 400, JSON.stringify(body))
})

t.test('400: a key set URL that egress would reject is rejected', async (t) => {
  const workspace = await signingWorkspace(client, owner, 'Guard')
  const uris = [
    'http://169.254.169.254/keys',
    'https://127.0.0.1/keys',
    'https://[::1]/keys',
    'https://10.0.0.1/',
    'http://example.com/keys',
    'file:///etc/passwd',
    'https://u:p@example.com/',
    'keys',
    'https://metadata.google.internal/'
  ]
  for (const jwksUri of uris) {
    const answer = await change(workspace.id, { jwksUri })
    t.equal(answer.status, 400, jwksUri)
    t.match(answer.json.errors, [{ pointer: '/jwksUri' }], jwksUri)
  }
  t.equal((await change(workspace.id, { jwksUri: 'https://example.com/keys' })).status, 200)
  t.equal((await change(workspace.id, { jwksUri: null })).json.jwksUri, null)
})

t.test('another process rejects a key that this one removed', async (t) => {
  const workspace = await signingWorkspace(client, owner, 'Two')
  const { publicKey, privateKey } = generateKeyPairSync('ed25519')
  const path = `/v1/workspaces/${workspace.id}/public-keys`
  const registered = await client.call('POST', path, {
    as: owner.session,
    body: { name: 'k', publicKey: pem(publicKey) }
  })
  const token = customerToken({ iss: workspace.key, id: 'two' }, privateKey, { alg: 'EdDSA' })
  const other = await startSecondProcess(t, sluice)
  const there = async () => (await other.client.call('GET', '/v1/self', { as: token })).status
  t.equal(await there(), 200)
  await client.call('DELETE', `${path}/${registered.json.id}`, { as: owner.session })
  await until(async () => (await there()) === 401, 30_000, 'the other process rejects the token')
})
