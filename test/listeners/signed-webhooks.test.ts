import { createHmac } from 'node:crypto'
import { gzipSync } from 'node:zlib'
import t, { type Test } from 'tap'
import type { Answer } from '../fixtures/client.ts'
import { createEchoListener, createToken } from '../fixtures/echo-listener.ts'
import { startSluice } from '../fixtures/sluice.ts'
import { SENDERS } from '../fixtures/webhook-senders.ts'

const sluice = await startSluice(t)
const { client, clock } = sluice
const owner = await client.signUp('Ada')

const secretsAt = (workspaceId: string) => `/v1/workspaces/${workspaceId}/secrets`

async function setSecret(t: Test, name: string, value: unknown, person = owner): Promise<void> {
  const answer = await client.call('PUT', `${secretsAt(person.workspaceId)}/${name}`, {
    as: person.session,
    body: { value }
  })
  t.ok(answer.status === 201 || answer.status === 200, answer.text)
}

const post = (path: string, raw: string | Buffer, headers: Record<string, string>): Promise<Answer<any>> =>
  client.call('POST', path, { raw, headers })

/** The newest refused call of a listener, as its owner sees it. */
async function newestRefusal(listenerId: string): Promise<any> {
  const { json } = await client.call('GET', `/v1/requests?listenerId=${listenerId}&outcome=refused&limit=1`, {
    as: owner.session
  })
  return json.items[0]
}

let bodies = 0
/** A body that no other delivery has, in a form that some sender has. */
const bodyFor = (contentType: string): string =>
  contentType.startsWith('application/json')
    ? `{"n": ${++bodies},  "name":"Größe"}`
    : `n=${++bodies}&name=Gr%C3%B6%C3%9Fe`

for (const { name, preset, secrets, contentType, header, isTimed, headers: sign, accepts } of SENDERS) {
  t.test(name, async (t) => {
    const [first, second] = [`${name}-first`, `${name}-second`]
    await setSecret(t, first, secrets[0])
    await setSecret(t, second, secrets[1])
    const { id, path } = await createEchoListener(t, client, owner, { signature: { preset, secret: first } })
    const now = () => clock.now()
    const send = async (body: string, secret: string, atMs = now()) =>
      post(path, body, { 'content-type': contentType, ...(await sign(body, secret, atMs)) })

    await t.test('200: what the own library of the sender takes', async (t) => {
      const body = bodyFor(contentType)
      // The libraries judge by the clock of the machine, which the tests before may have left.
      const nowadays = await sign(body, secrets[0], Date.now())
      t.ok(await accepts(body, secrets[0], nowadays), 'the library takes it')
      t.notOk(await accepts(body, secrets[1], nowadays), 'and only with its secret')
      const headers = await sign(body, secrets[0], now())
      const answer = await post(path, body, { 'content-type': contentType, ...headers })
      t.equal(answer.status, 200, answer.text)
      t.strictSame(answer.json.caller, { kind: 'signed', id: preset, name: null, workspaceId: owner.workspaceId })
      t.match(answer.json.body, { name: 'Größe' })
      t.notOk(header in answer.json.headers, 'the flow does not see the signature')
      const { json: run } = await client.call('GET', `/v1/runs/${answer.headers['sluice-run-id']}`, {
        as: owner.session
      })
      t.match(run.caller, { kind: 'signed', id: preset })
      const { json: request } = await client.call('GET', `/v1/requests/${answer.headers['x-request-id']}`, {
        as: owner.session
      })
      t.match(request, { outcome: 'answered', credential: { kind: 'signed' } })
    })

    await t.test('401: without a signature, whatever else is sent', async (t) => {
      const { token } = await createToken(t, client, owner)
      const body = bodyFor(contentType)
      t.match(await post(path, body, { 'content-type': contentType }), {
        status: 401,
        json: { code: 'unauthenticated' }
      })
      t.match(await post(path, body, { 'content-type': contentType, authorization: `Bearer ${token}` }), {
        status: 401,
        json: { code: 'unauthenticated' }
      })
      t.match(await newestRefusal(id), { credential: { kind: 'token' } })
    })

    await t.test('401: forged, altered, wrongly encoded, and the reason for the owner', async (t) => {
      const body = bodyFor(contentType)
      const right = await sign(body, secrets[0], now())
      const text = right[header] ?? ''
      const wrong: Record<string, [string, Record<string, string>]> = {
        'another secret': [body, await sign(body, secrets[1], now())],
        'another body': [`${body} `, right],
        'no signature in the header': [body, { ...right, [header]: 'x' }],
        'an empty header': [body, { ...right, [header]: '' }],
        'half of the signature': [body, { ...right, [header]: text.slice(0, -20) }],
        'a longer signature': [body, { ...right, [header]: `${text}00` }],
        'letters that are in no encoding': [body, { ...right, [header]: `${text.slice(0, -4)}?!?!` }]
      }
      for (const [what, [sent, headers]] of Object.entries(wrong)) {
        const answer = await post(path, sent, { 'content-type': contentType, ...headers })
        t.match(answer, { status: 401, json: { code: 'invalid_signature' } }, what)
        t.equal(answer.headers['www-authenticate'], 'Bearer realm="sluice", Basic realm="sluice", charset="UTF-8"')
        t.equal(answer.headers['sluice-run-id'], undefined)
      }
      const refused = await newestRefusal(id)
      t.match(refused, { reason: 'bad_signature', code: 'invalid_signature', credential: { kind: 'signed' } })
      const { json } = await client.call('GET', `/v1/requests/${refused.requestId}`, { as: owner.session })
      t.match(json.checks.at(-1), { name: 'signature', passed: false, remedy: /secret/ })
      t.equal((await post(path, body, { 'content-type': contentType, ...right })).status, 200, 'the right one is taken')
    })

    await t.test('401: a delivery that was answered, until it is forgotten', async (t) => {
      t.teardown(clock.stop())
      const body = bodyFor(contentType)
      const headers = { 'content-type': contentType, ...(await sign(body, secrets[0], now())) }
      t.equal((await post(path, body, headers)).status, 200)
      t.match(await post(path, body, headers), { status: 401, json: { code: 'signature_replayed' } })
      t.match(await newestRefusal(id), { reason: 'replayed_signature', credential: { kind: 'signed' } })
      if (isTimed) {
        // As old as it may be: the delivery is still known, and after that it is stale.
        clock.advance(298_000)
        t.match(await post(path, body, headers), { status: 401, json: { code: 'signature_replayed' } })
        t.match(await newestRefusal(id), { reason: 'replayed_signature' })
        clock.advance(5_000)
        t.match(await post(path, body, headers), { status: 401, json: { code: 'signature_replayed' } })
        t.match(await newestRefusal(id), { reason: 'stale_signature' })
      } else {
        clock.advance(23 * 3_600_000)
        t.match(await post(path, body, headers), { status: 401, json: { code: 'signature_replayed' } })
        clock.advance(3_600_000)
        t.equal((await post(path, body, headers)).status, 200)
        await client.signIn(owner)
      }
    })

    if (isTimed)
      await t.test('401: signed too long ago, or too far in the future; the tolerance is the owner’s', async (t) => {
        t.teardown(clock.stop())
        for (const offset of [-301_000, 302_000]) {
          t.match(await send(bodyFor(contentType), secrets[0], now() + offset), {
            status: 401,
            json: { code: 'signature_replayed' }
          })
          t.match(await newestRefusal(id), { reason: 'stale_signature', credential: { kind: 'signed' } })
        }
        for (const offset of [-295_000, 295_000])
          t.equal((await send(bodyFor(contentType), secrets[0], now() + offset)).status, 200)
        const signature = { preset, secret: first, toleranceSeconds: 30 }
        await client.call('PATCH', `/v1/listeners/${id}`, { as: owner.session, body: { signature } })
        t.match(await send(bodyFor(contentType), secrets[0], now() - 40_000), { status: 401 })
        t.equal((await send(bodyFor(contentType), secrets[0], now() - 20_000)).status, 200)
      })

    await t.test(
      '200: by the old and by the new secret while they change, and only by the new one after',
      async (t) => {
        const patch = (secret: unknown) =>
          client.call('PATCH', `/v1/listeners/${id}`, { as: owner.session, body: { signature: { preset, secret } } })
        t.match(await patch([first, second]), { status: 200, json: { signature: { preset, secret: [first, second] } } })
        for (const secret of secrets) t.equal((await send(bodyFor(contentType), secret)).status, 200)
        t.equal((await patch(second)).status, 200)
        t.match(await send(bodyFor(contentType), secrets[0]), { status: 401, json: { code: 'invalid_signature' } })
        t.equal((await send(bodyFor(contentType), secrets[1])).status, 200)
        await setSecret(t, second, secrets[0])
        t.equal((await send(bodyFor(contentType), secrets[0])).status, 200, 'a changed value is used at once')
        await setSecret(t, second, secrets[1])
      }
    )
  })
}

t.test('the vectors of the public documents', async (t) => {
  await setSecret(t, 'vector_github', "It's a Secret to Everybody")
  const github = await createEchoListener(t, client, owner, {
    signature: { preset: 'github', secret: 'vector_github' }
  })
  t.equal(
    (
      await post(github.path, 'Hello, World!', {
        'content-type': 'text/plain',
        'x-hub-signature-256': 'sha256=757107ea0eb2509fc211221cce984b8a37570b6d7586c22c46f4379c8b043e17'
      })
    ).status,
    200
  )
  // A time long past: the signature is right, and it is told to be stale.
  await setSecret(t, 'vector_slack', '8f742231b10e8888abcd99yyyzzz85a5')
  const slack = await createEchoListener(t, client, owner, { signature: { preset: 'slack', secret: 'vector_slack' } })
  t.match(
    await post(
      slack.path,
      'token=xyzz0WbapA4vBCDEFasx0q6G&team_id=T1DC2JH3J&team_domain=testteamnow&channel_id=G8PSS9T3V&' +
        'channel_name=foobar&user_id=U2CERLKJA&user_name=roadrunner&command=%2Fwebhook-collect&text=&' +
        'response_url=https%3A%2F%2Fhooks.slack.com%2Fcommands%2FT1DC2JH3J%2F397700885554%2F96rGlfmibIGlgcZRskXaIFfN&' +
        'trigger_id=398738663015.47445629121.803a0bc887a14d10d2c447fce8b6703c',
      {
        'content-type': 'application/x-www-form-urlencoded',
        'x-slack-request-timestamp': '1531420618',
        'x-slack-signature': 'v0=a2114d57b48eac39b9ad189dd8316235a7b4a8d21a10bd27519666489c69b503'
      }
    ),
    { status: 401, json: { code: 'signature_replayed' } }
  )
  await setSecret(t, 'vector_standard', 'whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw')
  const standard = await createEchoListener(t, client, owner, {
    signature: { preset: 'standard-webhooks', secret: 'vector_standard' }
  })
  t.match(
    await post(standard.path, '{"test": 2432232314}', {
      'content-type': 'application/json',
      'webhook-id': 'msg_p5jXN8AQM9LWM0D4loKWxJek',
      'webhook-timestamp': '1614265330',
      'webhook-signature': 'v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE='
    }),
    { status: 401, json: { code: 'signature_replayed' } }
  )
})

t.test('custom: the scheme in the words of the owner', async (t) => {
  await setSecret(t, 'own', 'a secret of our own')
  const hmac = (algorithm: string, encoding: 'hex' | 'base64', text: string | Buffer) =>
    createHmac(algorithm, 'a secret of our own').update(text).digest(encoding)
  const listen = (custom: Record<string, unknown>) =>
    createEchoListener(t, client, owner, { signature: { preset: 'custom', secret: 'own', custom } })

  await t.test('200: prefix, algorithm, encoding, and a payload with time and id', async (t) => {
    const at = new Date(clock.now()).toISOString()
    const cases: [Record<string, unknown>, (body: string) => Record<string, string>][] = [
      [{ header: 'X-Sig', algorithm: 'sha1', encoding: 'hex' }, (body) => ({ 'x-sig': hmac('sha1', 'hex', body) })],
      [
        { header: 'Authorization', prefix: 'HMAC ', algorithm: 'sha256', encoding: 'base64' },
        (body) => ({ authorization: `HMAC ${hmac('sha256', 'base64', body)}` })
      ],
      [
        {
          header: 'X-Sig',
          prefix: 'sha512:',
          algorithm: 'sha512',
          encoding: 'base64',
          payload: 'POST|{id}|{timestamp}|{body}|end',
          timestampHeader: 'X-At',
          idHeader: 'X-Id'
        },
        (body) => ({
          'x-at': at,
          'x-id': 'Größe 7',
          'x-sig': `sha512:${hmac('sha512', 'base64', `POST|Größe 7|${at}|${body}|end`)}`
        })
      ]
    ]
    for (const [custom, headersOf] of cases) {
      const { path } = await listen(custom)
      const body = bodyFor('application/json')
      const headers: Record<string, string> = { 'content-type': 'application/json', ...headersOf(body) }
      // Node sends headers as Latin-1: this is the UTF-8 of the id, as other clients send it.
      if (headers['x-id']) headers['x-id'] = Buffer.from(headers['x-id']).toString('latin1')
      // As bytes: Node would write the headers in the encoding of a text.
      const bytes = Buffer.from(body)
      const answer = await post(path, bytes, headers)
      t.match(answer, { status: 200, json: { caller: { kind: 'signed', id: 'custom' } } }, answer.text)
      t.match(await post(path, bytes, headers), { status: 401, json: { code: 'signature_replayed' } })
      t.match(await post(path, `${body} `, headers), { status: 401, json: { code: 'invalid_signature' } })
      for (const name of ['x-at', 'x-id'].filter((name) => name in headers)) {
        const { [name]: _gone, ...rest } = headers
        t.match(await post(path, bytes, rest), { status: 401, json: { code: 'invalid_signature' } }, `no ${name}`)
      }
    }
  })

  await t.test('400: each fault of the settings has its own place', async (t) => {
    await setSecret(t, 'fields', { username: 'erp', password: 'x' })
    await setSecret(t, 'no_base64', 'whsec_!')
    const custom = { header: 'X-Sig', algorithm: 'sha256', encoding: 'hex' }
    const other = await client.signUp('Bob')
    await setSecret(t, 'of_bob', 'x', other)
    const wrong: [unknown, string][] = [
      [{ preset: 'gitlab', secret: 'own' }, '/signature/preset'],
      [{ preset: 'github' }, '/signature/secret'],
      [{ preset: 'github', secret: [] }, '/signature/secret'],
      [{ preset: 'github', secret: ['own', 'own'] }, '/signature/secret'],
      [{ preset: 'github', secret: ['a', 'b', 'c', 'd'] }, '/signature/secret'],
      [{ preset: 'github', secret: 'absent' }, '/signature/secret'],
      [{ preset: 'github', secret: ['own', 'absent'] }, '/signature/secret/1'],
      [{ preset: 'github', secret: 'of_bob' }, '/signature/secret'],
      [{ preset: 'github', secret: 'fields' }, '/signature/secret'],
      [{ preset: 'standard-webhooks', secret: 'no_base64' }, '/signature/secret'],
      [{ preset: 'stripe', secret: 'own', toleranceSeconds: 0 }, '/signature/toleranceSeconds'],
      [{ preset: 'github', secret: 'own', custom }, '/signature/custom'],
      [{ preset: 'custom', secret: 'own' }, '/signature/custom'],
      [{ preset: 'custom', secret: 'own', custom: { ...custom, algorithm: 'md5' } }, '/signature/custom/algorithm'],
      [{ preset: 'custom', secret: 'own', custom: { ...custom, header: 'X Sig' } }, '/signature/custom/header'],
      [{ preset: 'custom', secret: 'own', custom: { ...custom, header: 'Cookie' } }, '/signature/custom/header'],
      [{ preset: 'custom', secret: 'own', custom: { ...custom, header: 'Authorization' } }, '/signature/custom/prefix'],
      [
        { preset: 'custom', secret: 'own', custom: { ...custom, header: 'Authorization', prefix: 'Bearer ' } },
        '/signature/custom/prefix'
      ],
      [{ preset: 'custom', secret: 'own', custom: { ...custom, payload: '{timestamp}' } }, '/signature/custom/payload'],
      [{ preset: 'custom', secret: 'own', custom: { ...custom, payload: '{body}{x}' } }, '/signature/custom/payload'],
      [
        { preset: 'custom', secret: 'own', custom: { ...custom, payload: '{timestamp}{body}' } },
        '/signature/custom/timestampHeader'
      ],
      [
        { preset: 'custom', secret: 'own', custom: { ...custom, timestampHeader: 'X-At' } },
        '/signature/custom/timestampHeader'
      ],
      [{ preset: 'custom', secret: 'own', custom: { ...custom, idHeader: 'X-Id' } }, '/signature/custom/idHeader'],
      [{ preset: 'github', secret: 'own', other: 1 }, '/signature/other']
    ]
    const { id } = await createEchoListener(t, client, owner)
    for (const [signature, pointer] of wrong) {
      const refused = await client.call('PATCH', `/v1/listeners/${id}`, { as: owner.session, body: { signature } })
      t.equal(refused.status, 400, JSON.stringify(signature))
      t.ok(
        refused.json.errors.some((error: { pointer: string }) => error.pointer === pointer),
        `${JSON.stringify(signature)}: ${refused.text}`
      )
      t.notMatch(refused.text, /a secret of our own|whsec_!/)
    }
  })
})

t.test('svix: the older names count where the own ones are absent, and the families are not mixed', async (t) => {
  const [own, older] = ['standard-webhooks', 'svix'].map((name) => SENDERS.find((sender) => sender.name === name))
  if (!own || !older) throw new Error('no such sender')
  const [secret] = own.secrets
  await setSecret(t, 'families', secret)
  const { id, path } = await createEchoListener(t, client, owner, {
    signature: { preset: 'standard-webhooks', secret: 'families' }
  })
  const right = await own.headers('{}', secret, clock.now(), 'msg_own')
  const alsoRight = await older.headers('{}', secret, clock.now(), 'msg_older')
  const { 'svix-signature': signature = '', ...rest } = alsoRight
  const refused = { status: 401, json: { code: 'invalid_signature' } }
  t.match(await post(path, '{}', { ...rest, 'webhook-signature': signature }), refused)
  t.match(await post(path, '{}', { ...alsoRight, 'webhook-signature': '' }), refused)
  const { 'svix-id': _id, ...withoutId } = alsoRight
  t.match(await post(path, '{}', { ...withoutId, 'webhook-id': 'msg_older' }), refused)
  const both = await post(path, '{}', { ...right, ...(await older.headers('{}', 'whsec_AAAA', clock.now())) })
  t.equal(both.status, 200, 'the own names come first')
  t.notOk(
    Object.keys(both.json.headers).some((header) => header.endsWith('-signature')),
    'the flow sees neither'
  )
  t.equal((await post(path, '{}', alsoRight)).status, 200)
  t.match(await post(path, '{}', await older.headers('{}', secret, clock.now() + 5_000, 'msg_older')), {
    status: 401,
    json: { code: 'signature_replayed' }
  })
  const { json } = await client.call('GET', `/v1/listeners/${id}/openapi.json`, { as: owner.session })
  t.strictSame(
    Object.values(json.components.securitySchemes).map((scheme) => (scheme as { name: string }).name),
    ['webhook-signature', 'svix-signature']
  )
  t.equal(json.paths[`/v1/dynamic/listener/${id}`].post.security.length, 2, 'either of them')
})

t.test('slack: the question whether the address is its own is answered without a run', async (t) => {
  const sender = SENDERS.find(({ preset }) => preset === 'slack')
  if (!sender) throw new Error('no such sender')
  await setSecret(t, 'slack', sender.secrets[0])
  for (const respond of ['output', 'http']) {
    const { path } = await createEchoListener(t, client, owner, {
      respond,
      signature: { preset: 'slack', secret: 'slack' }
    })
    const body = JSON.stringify({
      token: 'x',
      challenge: '3eZbrw1aBm2rZgRNFdxV2595E9CY3gmdALWMmHkvFXO7tYXAYM8P',
      type: 'url_verification'
    })
    const headers = {
      'content-type': 'application/json',
      ...(await sender.headers(body, sender.secrets[0], clock.now()))
    }
    for (let time = 0; time < 2; time++) {
      const answer = await post(path, body, headers)
      t.match(answer, {
        status: 200,
        json: { challenge: '3eZbrw1aBm2rZgRNFdxV2595E9CY3gmdALWMmHkvFXO7tYXAYM8P' },
        headers: { 'content-type': /^application\/json/ }
      })
      t.equal(answer.headers['sluice-run-id'], undefined)
    }
    t.match(await post(path, body, { ...headers, 'x-slack-signature': `v0=${'0'.repeat(64)}` }), {
      status: 401,
      json: { code: 'invalid_signature' }
    })
  }
})

t.test('compressed bodies', async (t) => {
  await setSecret(t, 'gzip', 'a secret')
  const { path } = await createEchoListener(t, client, owner, {
    rawBody: true,
    signature: { preset: 'github', secret: 'gzip' }
  })
  const sign = (bytes: string | Buffer) => `sha256=${createHmac('sha256', 'a secret').update(bytes).digest('hex')}`
  const send = (raw: string | Buffer, signature: string, coding: string) =>
    post(path, raw, {
      'content-type': 'application/json',
      'content-encoding': coding,
      'x-hub-signature-256': signature
    })
  const [one, two] = [bodyFor('application/json'), bodyFor('application/json')]
  t.match(
    await send(gzipSync(one), sign(one), 'gzip'),
    { status: 200, json: { body: { name: 'Größe' } } },
    'before gzip'
  )
  t.match(await send(gzipSync(two), sign(gzipSync(two)), 'gzip'), { status: 200 }, 'what was sent')
  const other = bodyFor('application/json')
  t.match(await send(gzipSync(other), sign(one), 'gzip'), { status: 401, json: { code: 'invalid_signature' } })
  t.match(await send('no gzip', sign(other), 'gzip'), { status: 401, json: { code: 'invalid_signature' } })
  t.match(await send(gzipSync(other), sign(other), 'odd'), { status: 401, json: { code: 'invalid_signature' } })
  t.match(await send(gzipSync(Buffer.alloc(20_000_000)), sign(other), 'gzip'), {
    status: 401,
    json: { code: 'invalid_signature' }
  })
  t.match(await send(gzipSync(other), sign(gzipSync(other)), 'odd'), { status: 415 }, 'a known sender is told')
})

t.test('401: a secret that was deleted, and the owner sees which fault it is', async (t) => {
  await setSecret(t, 'short_lived', 'a secret')
  const { id, path } = await createEchoListener(t, client, owner, {
    signature: { preset: 'github', secret: 'short_lived' }
  })
  const body = bodyFor('application/json')
  const headers = { 'x-hub-signature-256': `sha256=${createHmac('sha256', 'a secret').update(body).digest('hex')}` }
  await client.call('DELETE', `${secretsAt(owner.workspaceId)}/short_lived`, { as: owner.session })
  t.match(await post(path, body, headers), { status: 401, json: { code: 'invalid_signature' } })
  const refused = await newestRefusal(id)
  t.match(refused, { reason: 'bad_signature' })
  const { json } = await client.call('GET', `/v1/requests/${refused.requestId}`, { as: owner.session })
  t.match(json.checks.at(-1), { name: 'signature', passed: false, why: /deleted/ })
  await setSecret(t, 'short_lived', 'a secret')
  t.equal((await post(path, body, headers)).status, 200)
})

t.test('isolation: a secret of the same name in another workspace signs nothing here', async (t) => {
  const bob = await client.signUp('Bob')
  await setSecret(t, 'shared_name', "Ada's value")
  await setSecret(t, 'shared_name', "Bob's value", bob)
  const { path } = await createEchoListener(t, client, owner, {
    signature: { preset: 'github', secret: 'shared_name' }
  })
  const body = bodyFor('application/json')
  const signed = (secret: string) => ({
    'x-hub-signature-256': `sha256=${createHmac('sha256', secret).update(body).digest('hex')}`
  })
  t.match(await post(path, body, signed("Bob's value")), { status: 401, json: { code: 'invalid_signature' } })
  const bobsToken = (await createToken(t, client, bob)).token
  const bearer = { authorization: `Bearer ${bobsToken}` }
  const absent = path.replace(/lsn_.*/, 'lsn_0000000000000000000000')
  const answers = await Promise.all([path, absent].map((at) => client.call('POST', at, { raw: body, headers: bearer })))
  t.strictSame(
    answers.map(({ status, json }) => ({ ...json, status, requestId: undefined })),
    Array.from({ length: 2 }, () => ({ ...answers[0]?.json, status: 404, requestId: undefined })),
    'a token of another workspace sees nothing'
  )
  const nothing = await Promise.all([path, absent].map((at) => client.call('POST', at, { raw: body })))
  t.strictSame(
    nothing.map(({ status, json }) => [status, json.code]),
    [
      [401, 'unauthenticated'],
      [401, 'unauthenticated']
    ]
  )
  t.equal((await post(path, body, signed("Ada's value"))).status, 200)
})

t.test('the limits of the listener hold, and strangers do not use them up', async (t) => {
  await setSecret(t, 'limited', 'a secret')
  const { path } = await createEchoListener(t, client, owner, {
    rateLimit: { limit: 1, windowSeconds: 60 },
    signature: { preset: 'github', secret: 'limited' }
  })
  const signed = (body: string) => ({
    'x-hub-signature-256': `sha256=${createHmac('sha256', 'a secret').update(body).digest('hex')}`
  })
  for (let call = 0; call < 3; call++)
    t.equal((await post(path, 'forged', { 'x-hub-signature-256': `sha256=${'0'.repeat(64)}` })).status, 401)
  t.equal((await post(path, 'one', signed('one'))).status, 200)
  t.match(await post(path, 'two', signed('two')), { status: 429, headers: { 'retry-after': /\d/ } })
  clock.advance(60_000)
  t.equal((await post(path, 'two', signed('two'))).status, 200, 'what was refused for now may come again')
})

t.test('403: a suspended workspace, told to the sender alone', async (t) => {
  const carl = await client.signUp('Carl')
  await setSecret(t, 'of_carl', 'a secret', carl)
  const { path } = await createEchoListener(t, client, carl, { signature: { preset: 'github', secret: 'of_carl' } })
  const { database } = sluice.services
  await database.pool.query('update workspace set suspended_at = now() where id = $1', [carl.workspaceId])
  clock.advance(61_000)
  const headers = { 'x-hub-signature-256': `sha256=${createHmac('sha256', 'a secret').update('x').digest('hex')}` }
  t.match(await post(path, 'x', headers), { status: 403, json: { code: 'workspace_suspended' } })
  t.match(await post(path, 'y', headers), { status: 401, json: { code: 'invalid_signature' } })
  t.match(await post(path, 'x', {}), { status: 401, json: { code: 'unauthenticated' } })
})

t.test('the OpenAPI document of a listener names the header of the signature in place of credentials', async (t) => {
  await setSecret(t, 'described', 'a secret')
  const { id } = await createEchoListener(t, client, owner, { signature: { preset: 'slack', secret: 'described' } })
  const { json } = await client.call('GET', `/v1/listeners/${id}/openapi.json`, { as: owner.session })
  t.strictSame(json.paths[`/v1/dynamic/listener/${id}`].post.security, [{ signature: [] }])
  t.match(json.components.securitySchemes, { signature: { type: 'apiKey', in: 'header', name: 'x-slack-signature' } })
  t.strictSame(Object.keys(json.components.securitySchemes), ['signature'])
})

t.test('null takes the signature off again', async (t) => {
  await setSecret(t, 'taken_off', 'a secret')
  const { id, path } = await createEchoListener(t, client, owner, {
    signature: { preset: 'github', secret: ['taken_off'] }
  })
  t.match((await client.call('GET', `/v1/listeners/${id}`, { as: owner.session })).json.signature, {
    preset: 'github',
    secret: ['taken_off']
  })
  const { json } = await client.call('PATCH', `/v1/listeners/${id}`, { as: owner.session, body: { signature: null } })
  t.equal(json.signature, null)
  const { token } = await createToken(t, client, owner)
  t.equal((await client.call('POST', path, { as: token, raw: '{}' })).status, 200)
})
