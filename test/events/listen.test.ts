import t from 'tap'
import { startSluice } from '../fixtures/sluice.ts'
import { until } from '../fixtures/until.ts'

const { client, services, clock } = await startSluice(t)
const { prisma } = services.database

async function newWorkspace(name: string) {
  const owner = await client.signUp(name)
  const at = `/v1/workspaces/${owner.workspaceId}`
  const as = owner.session
  let events = 0
  return {
    ...owner,
    send: (type: string, data: unknown, more: object = {}) =>
      client.call('POST', `${at}/inbox`, {
        as,
        raw: JSON.stringify({ specversion: '1.0', id: `e${++events}`, source: '/test', type, data, ...more }),
        headers: { 'Content-Type': 'application/cloudevents+json' }
      }),
    async flow(name: string, tasks: object[]): Promise<{ path: string; flowId: string }> {
      const body = { document: { dsl: '1.0.3', namespace: 'test', name, version: '1.0.0' }, do: tasks }
      const flow = await client.call('POST', `${at}/flows`, { as, body })
      if (flow.status !== 201) throw new Error(flow.text)
      const listener = await client.call('POST', `${at}/listeners`, { as, body: { name, flowId: flow.json.id } })
      return { path: `/v1/dynamic/listener/${listener.json.id}`, flowId: flow.json.id }
    },
    call: (path: string, body: unknown) => client.call('POST', path, { as: owner, body })
  }
}

const statusOf = async (id: string) => (await prisma.run.findUnique({ where: { id } }))?.status
const endOf = async (id: string) => {
  await until(
    async () => ['succeeded', 'failed'].includes((await statusOf(id)) ?? ''),
    60_000,
    `the end of ${id}, which is ${await statusOf(id)}`
  )
  return prisma.run.findUniqueOrThrow({ where: { id } })
}

const PAID = {
  hear: {
    listen: {
      to: {
        one: {
          with: { type: 'paid', data: '${ .amount > 0 }' },
          correlate: { order: { from: '.data.order', expect: '${ .body.order }' } }
        }
      }
    },
    timeout: { after: 'P1D' }
  }
}

t.test('202: a run waits for the event about its own order, whichever others come', async (t) => {
  const ada = await newWorkspace('Ada')
  const { path } = await ada.flow('order', [PAID])
  const runIds: string[] = []
  for (const order of [1, 2]) {
    const answer = await ada.call(path, { order })
    t.equal(answer.status, 202, answer.text)
    runIds.push(answer.json.runId)
  }
  const [first = '', second = ''] = runIds
  for (const id of runIds) await until(async () => (await statusOf(id)) === 'waiting', 60_000, 'the wait')
  const waits = () => prisma.eventWait.count({ where: { runId: { in: runIds } } })
  await until(async () => (await waits()) === 2, 60_000, 'both can be woken')
  await ada.send('paid', { order: 2, amount: 0 })
  await ada.send('lost', { order: 2, amount: 5 })
  await ada.send('paid', { order: 2, amount: 9 })
  t.match(await endOf(second), { status: 'succeeded', output: [{ order: 2, amount: 9 }] })
  t.equal(await statusOf(first), 'waiting')
  await ada.send('paid', { order: 1, amount: 3 })
  t.match(await endOf(first), { status: 'succeeded', output: [{ order: 1, amount: 3 }] })
  t.equal(await waits(), 0)
})

t.test('an event since the start of the run counts, an earlier one does not; own emits are events', async (t) => {
  const ada = await newWorkspace('Ada')
  await ada.send('told', { n: 'before' })
  clock.advance(1_000)
  const { path } = await ada.flow('tells', [
    { tell: { emit: { event: { with: { type: 'told', data: { n: 'own' } } } } } },
    { hear: { listen: { to: { one: { with: { type: 'told' } } } }, timeout: { after: 'PT1H' } } }
  ])
  const answer = await ada.call(path, {})
  t.equal(answer.status, 200, answer.text)
  t.same(answer.json, [{ n: 'own' }])
})

t.test('each event is heard once by a run, as its data, its envelope or its raw data', async (t) => {
  const ada = await newWorkspace('Ada')
  const hear = (read?: string) => ({
    listen: { to: { one: { with: { type: 'told' } } }, ...(read ? { read } : {}) },
    timeout: { after: 'PT1H' },
    export: { as: `$context + { ${read ?? 'none'}: . }` }
  })
  const { path } = await ada.flow('reads', [
    {
      tell: {
        for: { each: 'n', in: '[1, 2, 3, 4]' },
        do: [{ one: { emit: { event: { with: { type: 'told', data: { n: '${ $n }' } } } } } }]
      }
    },
    { none: hear() },
    { data: hear('data') },
    { envelope: hear('envelope') },
    { raw: hear('raw') },
    { show: { set: '${ $context }' } }
  ])
  const answer = await ada.call(path, {})
  t.match(answer.json, {
    none: [{ n: 1 }],
    data: [{ n: 2 }],
    envelope: [{ specversion: '1.0', type: 'told', data: { n: 3 } }],
    raw: ['{"n":4}']
  })
})

t.test('the timeout of the task ends the wait with an error that the flow can catch', async (t) => {
  const ada = await newWorkspace('Ada')
  const { path } = await ada.flow('patient', [
    { careful: { try: [PAID], catch: { do: [{ say: { set: { status: '${ $error.status }' } } }] } } }
  ])
  const { runId } = (await ada.call(path, { order: 1 })).json
  await until(async () => (await statusOf(runId)) === 'waiting', 60_000, 'the wait')
  clock.advance(24 * 3_600_000)
  t.match(await endOf(runId), { status: 'succeeded', output: { status: 408 } })
})

t.test('a run that has heard its event, and waits for time now, is woken once by a further one', async (t) => {
  const ada = await newWorkspace('Ada')
  const { path } = await ada.flow('rests', [PAID, { rest: { wait: 'PT2H' } }])
  const { runId } = (await ada.call(path, { order: 1 })).json
  const isListening = async () =>
    (await statusOf(runId)) === 'waiting' && (await prisma.eventWait.count({ where: { runId } })) === 1
  await until(isListening, 60_000, 'the wait for the event')
  const rests = async () => {
    const live = await prisma.liveRun.findUnique({ where: { runId }, include: { waits: true } })
    const wakesIn = (live?.wakeAt?.getTime() ?? 0) - clock.now()
    return (
      live?.state === 'waiting' && wakesIn > 3_600_000 && wakesIn < 7_200_000 && live.waits.every(({ due }) => !due)
    )
  }
  for (let sent = 0; sent < 2; sent++) {
    await ada.send('paid', { order: 1, amount: 3 })
    await services.router?.run()
    await until(rests, 60_000, `the rest after ${sent + 1} events`)
  }
  clock.advance(7_200_000)
  t.match(await endOf(runId), { status: 'succeeded' })
})

t.test('a short wait is held within the request', async (t) => {
  const ada = await newWorkspace('Ada')
  const { path } = await ada.flow('quick', [
    { hear: { listen: { to: { one: { with: { type: 'go' } } } }, timeout: { after: 'PT20S' } } }
  ])
  const answer = ada.call(path, {})
  const event = async () => {
    // Until the run has begun, an event is too early.
    for (let n = 0; ; n++) {
      await ada.send('go', { n })
      const heard = await Promise.race([answer, new Promise((resolve) => setTimeout(resolve, 50, undefined))])
      if (heard !== undefined) return
    }
  }
  await event()
  const { status, json } = await answer
  t.equal(status, 200)
  t.match(json, [{ n: Number }])
})
