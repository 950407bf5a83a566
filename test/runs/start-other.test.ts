import t from 'tap'
import { HOPS_MAX } from '../../src/events/hops.ts'
import { startSluice } from '../fixtures/sluice.ts'
import { until } from '../fixtures/until.ts'

const { client, services } = await startSluice(t)
const { prisma } = services.database
const ada = await client.signUp('Ada')
const as = ada.session
const at = `/v1/workspaces/${ada.workspaceId}`

async function flow(name: string, tasks: object[]): Promise<string> {
  const body = { document: { dsl: '1.0.3', namespace: 'test', name, version: '1.0.0' }, do: tasks }
  const made = await client.call('POST', `${at}/flows`, { as, body })
  if (made.status !== 201) throw new Error(made.text)
  return made.json.id as string
}

async function listener(flowId: string, more: object = {}): Promise<string> {
  const made = await client.call('POST', `${at}/listeners`, { as, body: { name: 'test', flowId, ...more } })
  if (made.status !== 201) throw new Error(made.text)
  return `/v1/dynamic/listener/${made.json.id}`
}

const start = (name: string, input?: unknown) => ({
  go: {
    run: {
      workflow: { namespace: 'test', name, version: 'latest', ...(input === undefined ? {} : { input }) },
      await: false
    }
  }
})
const runsOf = (flowId: string) => prisma.run.findMany({ where: { flowId, mode: 'async' } })

t.test('200: a flow starts another one and goes on with its own input; the step names the run', async (t) => {
  const other = await flow('other', [{ double: { set: { twice: '${ .n * 2 }' } } }])
  const path = await listener(await flow('starter', [{ n: { set: { n: 4 } } }, start('other')]))
  const answer = await client.call('POST', path, { as: ada })
  t.equal(answer.status, 200, answer.text)
  t.same(answer.json, { n: 4 })
  await until(async () => (await runsOf(other))[0]?.status === 'succeeded', 60_000, 'the other run')
  const [run] = await runsOf(other)
  t.match(run, { mode: 'async', input: { n: 4 }, output: { twice: 8 }, caller: { kind: 'basic', id: ada.id } })
  await services.recorder.flush()
  const own = await client.call('GET', `/v1/runs/${answer.headers['sluice-run-id']}`, { as })
  const step = own.json.steps.find(({ pointer }: { pointer: string }) => pointer === '/do/1/go')
  t.match(step, { status: 'succeeded', output: { n: 4 }, runId: run?.id })
})

t.test('202: a durable run starts the other one once, with the input that is given', async (t) => {
  const other = await flow('counted', [{ answer: { set: '${ . }' } }])
  const path = await listener(await flow('durable', [start('counted', { sku: '${ .body.sku }' })]), { mode: 'async' })
  const { runId } = (await client.call('POST', path, { as: ada, body: { sku: 'A1' } })).json
  await until(async () => (await services.engine.statusOf(runId)) === 'succeeded', 60_000, 'the starting run')
  await until(async () => (await runsOf(other))[0]?.status === 'succeeded', 60_000, 'the other run')
  t.match(await runsOf(other), [{ output: { sku: 'A1' } }])
})

t.test('a flow that is not there is an error; a flow that starts itself ends after some hops', async (t) => {
  const lost = await client.call('POST', await listener(await flow('lost', [start('nowhere')])), { as: ada })
  t.equal(lost.status, 500)
  const itself = await flow('itself', [start('itself')])
  await client.call('POST', await listener(itself), { as: ada })
  await until(
    async () => {
      const runs = await runsOf(itself)
      return runs.length === HOPS_MAX && runs.every(({ status }) => status === 'succeeded' || status === 'failed')
    },
    60_000,
    'the end of the chain'
  )
  const durable = (await runsOf(itself)).filter(({ status }) => status === 'failed')
  t.match(durable, [{ error: { detail: /More than 8 flows/ } }])
})
