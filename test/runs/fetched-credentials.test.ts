import t from 'tap'
import { startSluice } from '../fixtures/sluice.ts'
import { startUpstream } from '../fixtures/upstream.ts'
import { until } from '../fixtures/until.ts'

const upstream = await startUpstream()
t.teardown(() => upstream.close())
const { client, logged } = await startSluice(t, { egressAllow: [`127.0.0.1:${upstream.port}`] })
const ada = await client.signUp('Ada')
const as = ada.session
const { clientId, clientSecret } = upstream.oauth
await client.call('PUT', `/v1/workspaces/${ada.workspaceId}/secrets/pin`, { as, body: { value: { pin: 735194628 } } })

/** Runs a flow of these tasks, and reads its record. */
async function recordOf(name: string, mode: string, tasks: object[], secrets: string[] = []) {
  const made = await client.call('POST', `/v1/workspaces/${ada.workspaceId}/flows`, {
    as,
    body: { document: { dsl: '1.0.3', namespace: 'test', name, version: '1.0.0' }, use: { secrets }, do: tasks }
  })
  const listener = await client.call('POST', `/v1/workspaces/${ada.workspaceId}/listeners`, {
    as,
    body: { name, flowId: made.json.id, mode }
  })
  const answer = await client.call('POST', `/v1/dynamic/listener/${listener.json.id}`, { as: ada, body: {} })
  const read = () => client.call('GET', `/v1/runs/${answer.headers['sluice-run-id']}`, { as })
  await until(async () => (await read()).json.finishedAt !== null, 60_000, 'the end of the run')
  return read()
}

const get = (uri: string, authentication: object) => ({
  call: 'http',
  with: { method: 'get', endpoint: { uri: `${upstream.url}${uri}`, authentication }, output: 'response' }
})

for (const mode of ['sync', 'async']) {
  t.test(`${mode}: an access token that was fetched for a call is masked in its record`, async (t) => {
    const oauth2 = {
      authority: upstream.url,
      grant: 'client_credentials',
      client: { id: clientId, secret: clientSecret }
    }
    const run = await recordOf(`oauth-${mode}`, mode, [{ ask: get('/echo', { oauth2 }) }])
    t.match(run.json, { status: 'succeeded' })
    t.match(run.text, /Bearer \[secret\]/, 'the upstream repeated it')
    t.ok(upstream.oauth.live.size > 0)
    for (const token of upstream.oauth.live) {
      t.notOk(run.text.includes(token), 'not in the record')
      t.notOk(logged().includes(token), 'not in the log')
    }
  })

  t.test(`${mode}: the response to a digest challenge is masked in its record`, async (t) => {
    const digest = { username: 'ada', password: 'open sesame' }
    const run = await recordOf(`digest-${mode}`, mode, [{ ask: get('/digest/ada/open%20sesame', { digest }) }])
    t.match(run.json, { status: 'succeeded' })
    t.match(run.text, /"x-response":"\[secret\]"/)
  })

  t.test(`${mode}: a number in a secret is masked as number and as text`, async (t) => {
    const from = '${ { number: $secrets.pin.pin, text: "pin \\($secrets.pin.pin)" } }'
    const body = { number: '${ .number }', text: '${ .text }' }
    const ask = { input: { from }, call: 'http', with: { method: 'post', endpoint: `${upstream.url}/echo`, body } }
    const run = await recordOf(`pin-${mode}`, mode, [{ ask }], ['pin'])
    t.match(run.json, { status: 'succeeded' })
    t.match(run.text, /pin \[secret\]/)
    t.notMatch(run.text, /735194628/)
  })
}
