import t from 'tap'
import { createToken } from '../fixtures/echo-listener.ts'
import { startSluice } from '../fixtures/sluice.ts'
import { until } from '../fixtures/until.ts'

t.test('runs are timed by mode, origin and status, and their steps by status', async (t) => {
  const { client, services } = await startSluice(t)
  const owner = await client.signUp()
  const { token } = await createToken(t, client, owner)

  async function listen(name: string, steps: object[], about: object = {}): Promise<string> {
    const flow = await client.call('POST', `/v1/workspaces/${owner.workspaceId}/flows`, {
      as: owner.session,
      body: { document: { dsl: '1.0.3', namespace: 'test', name, version: '1.0.0' }, do: steps }
    })
    const listener = await client.call('POST', `/v1/workspaces/${owner.workspaceId}/listeners`, {
      as: owner.session,
      body: { name, flowId: flow.json.id, ...about }
    })
    return `/v1/dynamic/listener/${listener.json.id}`
  }
  async function values(): Promise<Record<string, number>> {
    const lines = (await services.metrics.scrape()).split('\n').filter((line) => /^sluice_(?:run|step)_dur/.test(line))
    return Object.fromEntries(
      lines.map((line) => [line.slice(0, line.lastIndexOf(' ')), Number(line.split(' ').at(-1))])
    )
  }
  const runs = (labels: string): string => `sluice_run_duration_seconds_count{${labels}}`
  const steps = (status: string): string => `sluice_step_duration_seconds_count{status="${status}"}`

  t.same(await values(), {}, 'no series before the first run')
  const two = await listen('two', [{ a: { set: { x: 1 } } }, { b: { set: { y: 2 } } }])
  for (let calls = 0; calls < 3; calls++) t.equal((await client.call('GET', two, { as: token })).status, 200)
  const fails = await listen('fails', [
    { a: { set: { x: 1 } } },
    { b: { raise: { error: { type: 'https://example.com/no', status: 409, title: 'No' } } } }
  ])
  await client.call('GET', fails, { as: token })
  const unrecorded = await listen('unrecorded', [{ a: { set: { x: 1 } } }], { records: 'none' })
  await client.call('GET', unrecorded, { as: token })
  await client.call('GET', '/v1/dynamic/listener/lsn_0000000000000000000000', { as: token })

  const inRequests = await values()
  t.equal(inRequests[runs('mode="sync",origin="call",status="succeeded"')], 4, 'also a run without a record')
  t.equal(inRequests[runs('mode="sync",origin="call",status="failed"')], 1)
  t.equal(inRequests[steps('succeeded')], 8)
  t.equal(inRequests[steps('failed')], 1)
  const buckets = Object.entries(inRequests).filter(
    ([name]) => name.startsWith('sluice_run_duration_seconds_bucket{') && name.includes('succeeded')
  )
  const counts = buckets.map(([, count]) => count)
  t.same(
    counts,
    counts.toSorted((a, b) => a - b),
    'buckets are cumulative'
  )
  t.match(buckets.at(-1), [/le="\+Inf"/, 4])

  await client.call(
    'POST',
    await listen('later', [{ a: { set: { x: 1 } } }, { b: { wait: { seconds: 1 } } }], { allowAsync: true }),
    {
      as: token,
      body: {},
      headers: { prefer: 'respond-async' }
    }
  )
  const durable = runs('mode="async",origin="call",status="succeeded"')
  await until(async () => (await values())[durable] === 1, 30_000, 'the durable run ends')
  t.equal((await values())[steps('succeeded')], 10)
})
