import t from 'tap'
import { startSluice } from '../fixtures/sluice.ts'

const { client } = await startSluice(t)
const ada = await client.signUp('Ada')

/** Succeeds, or fails where the call says so. Its first step fails in both cases, and is caught. */
const TASKS = [
  {
    caught: {
      try: [{ inner: { raise: { error: { type: 'urn:x', status: 400, title: 'Inner' } } } }],
      catch: { do: [{ after: { set: { calm: true } } }] }
    }
  },
  {
    last: {
      if: '$workflow.input.query.fail == "1"',
      raise: { error: { type: 'urn:x', status: 422, title: 'Asked for' } }
    }
  }
]
const { json: flow } = await client.call('POST', `/v1/workspaces/${ada.workspaceId}/flows`, {
  as: ada.session,
  body: { document: { dsl: '1.0.3', namespace: 'test', name: 'records', version: '1.0.0' }, do: TASKS }
})

/** The records of a listener's runs after a call that succeeds and one that fails: their status and their steps. */
async function recordsWith(settings: object): Promise<{ status: string; steps: string[] }[]> {
  const { json: listener } = await client.call('POST', `/v1/workspaces/${ada.workspaceId}/listeners`, {
    as: ada.session,
    body: { name: 'Records', flowId: flow.id, ...settings }
  })
  for (const [fail, status] of [
    ['0', 200],
    ['1', 422]
  ])
    t.equal((await client.call('GET', `/v1/dynamic/listener/${listener.id}?fail=${fail}`, { as: ada })).status, status)
  const { json } = await client.call('GET', `/v1/runs?listenerId=${listener.id}`, { as: ada.session })
  return Promise.all(
    json.items.toReversed().map(async ({ id }: { id: string }) => {
      const run = (await client.call('GET', `/v1/runs/${id}`, { as: ada.session })).json
      return { status: run.status, steps: run.steps.map(({ pointer }: { pointer: string }) => pointer) }
    })
  )
}

t.test('records and steps: all by default', async (t) => {
  const [succeeded, failed] = await recordsWith({})
  t.equal(succeeded?.status, 'succeeded')
  t.ok(succeeded?.steps.includes('/do/1/last'))
  t.equal(failed?.status, 'failed')
  t.ok((failed?.steps.length ?? 0) > 2)
})

t.test('records: failed keeps those of runs that did not succeed, none keeps none', async (t) => {
  t.match(await recordsWith({ records: 'failed' }), [{ status: 'failed' }])
  t.same(await recordsWith({ records: 'none' }), [])
})

t.test('steps: failed keeps the steps that failed, of runs that succeeded too', async (t) => {
  const [succeeded, failed] = await recordsWith({ steps: 'failed' })
  t.same(succeeded, { status: 'succeeded', steps: ['/do/0/caught/try/0/inner'] })
  t.same(failed, { status: 'failed', steps: ['/do/0/caught/try/0/inner', '/do/1/last'] })
})
