import t from 'tap'
import { DEFAULT_EGRESS_LIMITS } from '../../../src/platform/egress/limits.ts'
import { startSluice } from '../../fixtures/sluice.ts'
import { startUpstream } from '../../fixtures/upstream.ts'

// Limits that contradict each other do not exist: a call may take what its task and its listener say.

const upstream = await startUpstream()
t.teardown(() => upstream.close())
const { client } = await startSluice(t, { egressAllow: ['127.0.0.1'], upstreamTimeoutMs: 700 })
const ada = await client.signUp('Ada')
const at = `/v1/workspaces/${ada.workspaceId}`
let names = 0

/** Calls a flow that asks an upstream which does not answer; the time that its error is of. */
async function calls(task: object, listener: object = {}) {
  const name = `slow-${++names}`
  const ask = { call: 'http', with: { method: 'get', endpoint: `${upstream.url}/delay` } }
  const flow = await client.call('POST', `${at}/flows`, {
    as: ada.session,
    body: {
      document: { dsl: '1.0.3', namespace: 'test', name, version: '1.0.0' },
      do: [{ ask: { ...ask, ...task } }]
    }
  })
  const made = await client.call('POST', `${at}/listeners`, {
    as: ada.session,
    body: { name, flowId: flow.json.id, ...listener }
  })
  if (made.status !== 201) throw new Error(made.text)
  const answer = await client.call('GET', `/v1/dynamic/listener/${made.json.id}`, { as: ada })
  const run = await client.call('GET', `/v1/runs/${answer.json.runId}`, { as: ada.session })
  return { status: answer.status, error: run.json.error }
}

t.test('the longest call may take as long as the longest listener', async (t) => {
  const { json } = await client.call('GET', '/openapi.json')
  const { requestBody } = json.paths['/v1/workspaces/{workspaceId}/listeners'].post
  const longest = requestBody.content['application/json'].schema.properties.timeoutSeconds.maximum
  t.equal(typeof longest, 'number')
  t.ok(DEFAULT_EGRESS_LIMITS.totalTimeoutMs >= longest * 1_000, `${longest} s`)
})

t.test('502 or 504: the shortest of the limits ends the call, and its error names it', async (t) => {
  const bound = await calls({}, { timeoutSeconds: 300 })
  t.match(bound, { status: /^50[24]$/, error: { detail: /longer than 0\.7 s \(UPSTREAM_TIMEOUT_MAX\)/ } })
  const longer = await calls({ timeout: { after: 'PT60S' } }, { timeoutSeconds: 300 })
  t.match(longer, { error: { detail: /UPSTREAM_TIMEOUT_MAX/ } }, 'a longer timeout of the task does not hide it')
  const task = await calls({ timeout: { after: { milliseconds: 100 } } }, { timeoutSeconds: 300 })
  t.match(task, { status: 504, error: { status: 408, detail: /timeout of 100 ms/ } })
})

t.test('504: a listener whose time is over before that of its call', async (t) => {
  const { client: other } = await startSluice(t, { egressAllow: ['127.0.0.1'] })
  const bob = await other.signUp('Bob')
  const flow = await other.call('POST', `/v1/workspaces/${bob.workspaceId}/flows`, {
    as: bob.session,
    body: {
      document: { dsl: '1.0.3', namespace: 'test', name: 'slow', version: '1.0.0' },
      do: [{ ask: { call: 'http', with: { method: 'get', endpoint: `${upstream.url}/delay` } } }]
    }
  })
  const made = await other.call('POST', `/v1/workspaces/${bob.workspaceId}/listeners`, {
    as: bob.session,
    body: { name: 'slow', flowId: flow.json.id, timeoutSeconds: 1 }
  })
  t.match(await other.call('GET', `/v1/dynamic/listener/${made.json.id}`, { as: bob }), { status: 504 })
})
