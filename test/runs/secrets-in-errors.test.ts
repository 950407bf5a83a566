import t from 'tap'
import { startSluice } from '../fixtures/sluice.ts'
import { startUpstream } from '../fixtures/upstream.ts'
import { until } from '../fixtures/until.ts'

const SECRET = 's#cr3t-"value\\xyz-0123456789'
const upstream = await startUpstream()
t.teardown(() => upstream.close())
const { client, logged } = await startSluice(t, { egressAllow: [`127.0.0.1:${upstream.port}`] })
const ada = await client.signUp('Ada')
await client.call('PUT', `/v1/workspaces/${ada.workspaceId}/secrets/key`, { as: ada.session, body: { value: SECRET } })

/** Errors of expressions that read a secret, and answers of an upstream that echo it. */
const INPUTS = {
  'an error that quotes a part of it': '${ $secrets.key + 1 }',
  'an error that is it': '${ $secrets.key | error }',
  'an echo within text': '${ { key: $secrets.key } }',
  'an echo of it in base64': '${ { key: ("user:" + $secrets.key) | @base64 } }'
}

for (const mode of ['sync', 'async']) {
  for (const [what, from] of Object.entries(INPUTS)) {
    t.test(`${mode}: no answer, record or log line shows a secret: ${what}`, async (t) => {
      const name = `${mode}-${what.replaceAll(' ', '-')}`
      const task = {
        input: { from },
        call: 'http',
        with: { method: 'post', endpoint: { uri: `${upstream.url}/echo` }, body: '${ . }' }
      }
      const document = {
        document: { dsl: '1.0.3', namespace: 'test', name, version: '1.0.0' },
        use: { secrets: ['key'] },
        do: [{ ask: task }, { answer: { set: { done: true } } }]
      }
      const flow = await client.call('POST', `/v1/workspaces/${ada.workspaceId}/flows`, {
        as: ada.session,
        body: document
      })
      const listener = await client.call('POST', `/v1/workspaces/${ada.workspaceId}/listeners`, {
        as: ada.session,
        body: { name, flowId: flow.json.id, mode }
      })
      const answer = await client.call('POST', `/v1/dynamic/listener/${listener.json.id}`, { as: ada, body: {} })
      const read = () => client.call('GET', `/v1/runs/${answer.headers['sluice-run-id']}`, { as: ada.session })
      await until(async () => (await read()).json.finishedAt !== null, 60_000, 'the end of the run')
      const run = await read()
      t.match(run.text, '[secret]', 'it was there to be seen')
      for (const text of [answer.text, run.text, logged()]) t.notMatch(text, /s#cr|0123456789|zI2NyM3/)
    })
  }
}
