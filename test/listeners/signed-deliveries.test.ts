import { createHmac } from 'node:crypto'
import t, { type Test } from 'tap'
import { createClient, type Answer } from '../fixtures/client.ts'
import { createEchoListener } from '../fixtures/echo-listener.ts'
import { startSluice } from '../fixtures/sluice.ts'
import { SENDERS } from '../fixtures/webhook-senders.ts'

const sluice = await startSluice(t)
const { client, clock } = sluice
const owner = await client.signUp('Ada')

async function setSecret(t: Test, name: string, value: string): Promise<void> {
  const answer = await client.call('PUT', `/v1/workspaces/${owner.workspaceId}/secrets/${name}`, {
    as: owner.session,
    body: { value }
  })
  t.equal(answer.status, 201, answer.text)
}

const post = (path: string, raw: string, headers: Record<string, string>): Promise<Answer<any>> =>
  client.call('POST', path, { raw, headers })

let bodies = 0
/** A body that no other delivery has. */
const newBody = (): string => `{"n": ${++bodies}}`

t.test('a delivery that failed may be sent again, and is taken once', async (t) => {
  await setSecret(t, 'again', 'a secret')
  const { json: flow } = await client.call('POST', `/v1/workspaces/${owner.workspaceId}/flows`, {
    as: owner.session,
    body: {
      document: { dsl: '1.0.3', namespace: 'test', name: 'may-fail', version: '1.0.0' },
      do: [
        {
          fail: {
            if: '${ .headers["x-fail"] != null }',
            raise: { error: { type: 'https://example.com/full', status: 503, title: 'Full' } }
          }
        },
        { answer: { set: { status: '${ (.headers["x-status"] // "200") | tonumber }' } } }
      ]
    }
  })
  const { id, path } = await createEchoListener(t, client, owner, {
    flowId: flow.id,
    respond: 'http',
    signature: { preset: 'github', secret: 'again' }
  })
  const body = newBody()
  const headers = {
    'content-type': 'application/json',
    'x-hub-signature-256': `sha256=${createHmac('sha256', 'a secret').update(body).digest('hex')}`
  }
  t.equal((await post(path, body, { ...headers, 'x-fail': '1' })).status, 503, 'the flow raised')
  // No client of the OpenAPI document: the flow answers as it likes.
  const answered = await createClient(sluice.url).call('POST', path, {
    raw: body,
    headers: { ...headers, 'x-status': '500' }
  })
  t.equal(answered.status, 500, 'the flow answered an error')
  await client.call('PATCH', `/v1/listeners/${id}`, { as: owner.session, body: { enabled: false } })
  t.match(await post(path, body, headers), { status: 403, json: { code: 'listener_disabled' } })
  await client.call('PATCH', `/v1/listeners/${id}`, { as: owner.session, body: { enabled: true, methods: ['PUT'] } })
  t.match(await post(path, body, headers), { status: 405, json: { code: 'method_not_allowed' } })
  await client.call('PATCH', `/v1/listeners/${id}`, { as: owner.session, body: { methods: null } })
  t.equal((await post(path, body, { ...headers, 'x-status': '204' })).status, 204)
  t.match(await post(path, body, headers), { status: 401, json: { code: 'signature_replayed' } })
})

t.test('200: of a delivery that arrives several times at once, one is taken and the others are refused', async (t) => {
  await setSecret(t, 'at_once', 'a secret')
  const { path } = await createEchoListener(t, client, owner, { signature: { preset: 'github', secret: 'at_once' } })
  const body = newBody()
  const headers = { 'x-hub-signature-256': `sha256=${createHmac('sha256', 'a secret').update(body).digest('hex')}` }
  const answers = await Promise.all(Array.from({ length: 8 }, () => post(path, body, headers)))
  t.equal(answers.filter(({ status }) => status === 200).length, 1)
  t.equal(answers.filter(({ status, json }) => status === 401 && json.code === 'signature_replayed').length, 7)
})

t.test('stripe: a delivery with a signature for each secret is one delivery', async (t) => {
  await setSecret(t, 'old', 'whsec_old')
  await setSecret(t, 'new', 'whsec_new')
  const { path } = await createEchoListener(t, client, owner, {
    signature: { preset: 'stripe', secret: ['old', 'new'] }
  })
  const at = Math.floor(clock.now() / 1000)
  const body = newBody()
  const v1 = (secret: string) => `v1=${createHmac('sha256', secret).update(`${at}.${body}`).digest('hex')}`
  const send = (...parts: string[]) => post(path, body, { 'stripe-signature': [`t=${at}`, ...parts].join(',') })
  t.match(await send('v0=00', 'v1=zz'), { status: 401, json: { code: 'invalid_signature' } })
  t.equal((await send(v1('whsec_old'), v1('whsec_new'), `v1=${'0'.repeat(64)}`)).status, 200)
  for (const part of [v1('whsec_old'), v1('whsec_new')])
    t.match(await send(part), { status: 401, json: { code: 'signature_replayed' } })
})

t.test('standard-webhooks: a delivery is known by its id, even if it is signed again', async (t) => {
  const sender = SENDERS.find(({ preset }) => preset === 'standard-webhooks')
  if (!sender) throw new Error('no such sender')
  await setSecret(t, 'standard', sender.secrets[0])
  const { path } = await createEchoListener(t, client, owner, {
    signature: { preset: 'standard-webhooks', secret: 'standard' }
  })
  const send = async (deliveryId: string, ahead: number) =>
    post(path, '{}', await sender.headers('{}', sender.secrets[0], clock.now() + ahead, deliveryId))
  t.equal((await send('msg_1', 0)).status, 200)
  t.match(await send('msg_1', 5_000), { status: 401, json: { code: 'signature_replayed' } })
  t.equal((await send('msg_2', 0)).status, 200)
})
