import t from 'tap'
import { lookupColumns } from '../../../src/flows/flow.ts'
import { createScheduleStore } from '../../../src/runs/durable/schedule-store.ts'
import { syncSchedules } from '../../../src/runs/durable/schedules.ts'
import { createTestClock } from '../../fixtures/clock.ts'
import { testDatabase } from '../../fixtures/database.ts'
import { until } from '../../fixtures/until.ts'
import { insertFlow, startEngine } from './fixtures.ts'

const TASKS = [{ answer: { set: { ok: true } } }]

t.test('every tick starts one run, over several processes', async (t) => {
  const { url } = await testDatabase(t)
  const clock = createTestClock()
  const engines = [
    await startEngine(t, url, { clock, recoveryMs: 5 }),
    await startEngine(t, url, { clock, recoveryMs: 5 }),
    await startEngine(t, url, { clock, recoveryMs: 5 })
  ]
  const { database } = engines[0]!
  const flow = await insertFlow(database, TASKS, { schedule: { every: { seconds: 60 } } })
  await syncSchedules({ pool: database.pool, clock }, flow.flowId)
  const count = (): Promise<number> => database.prisma.run.count({ where: { flowId: flow.flowId } })
  for (let tick = 1; tick <= 10; tick++) {
    clock.advance(60_000)
    await until(async () => (await count()) === tick, 60_000, `tick ${tick}`)
  }
  const runs = await database.prisma.run.findMany({ where: { flowId: flow.flowId } })
  const due = runs.map(({ input }) => (input as { scheduledFor: string }).scheduledFor)
  t.equal(new Set(due).size, 10, 'each for a tick of its own')
  t.match(runs[0], { mode: 'async', caller: { kind: 'schedule' } })
  t.equal(
    (await Promise.all(engines.map(({ engine }) => engine.stats()))).reduce((sum, { scheduled }) => sum + scheduled, 0),
    10
  )
})

t.test('missed ticks start one run', async (t) => {
  const { url } = await testDatabase(t)
  const { database, clock } = await startEngine(t, url)
  const flow = await insertFlow(database, TASKS, { schedule: { cron: '*/5 * * * *' } })
  await syncSchedules({ pool: database.pool, clock }, null)
  clock.advance(3 * 60 * 60_000)
  const count = (): Promise<number> => database.prisma.run.count({ where: { flowId: flow.flowId } })
  await until(async () => (await count()) === 1, 60_000, 'the one for all that were missed')
  clock.advance(5 * 60_000)
  await until(async () => (await count()) === 2, 60_000, 'the next one')
  t.equal(await count(), 2)
})

t.test('after: the next run starts when its time has passed since the end of the previous one', async (t) => {
  const { url } = await testDatabase(t)
  const { database, clock } = await startEngine(t, url)
  const flow = await insertFlow(database, [{ rest: { wait: { hours: 1 } } }], { schedule: { after: { minutes: 10 } } })
  await syncSchedules({ pool: database.pool, clock }, null)
  const runs = () => database.prisma.run.findMany({ where: { flowId: flow.flowId }, orderBy: { startedAt: 'asc' } })
  await until(async () => (await runs())[0]?.status === 'waiting', 60_000, 'the first')
  clock.advance(30 * 60_000)
  t.equal((await runs()).length, 1, 'none while it lives')
  clock.advance(30 * 60_000)
  await until(async () => (await runs())[0]?.status === 'succeeded', 60_000, 'the end of the first')
  clock.advance(10 * 60_000)
  await until(async () => (await runs()).length === 2, 60_000, 'the second')
})

t.test('publishing a version with another schedule, or without one, changes the schedule', async (t) => {
  const { url } = await testDatabase(t)
  const { database, clock } = await startEngine(t, url, { role: 'gateway' })
  const flow = await insertFlow(database, TASKS, { schedule: { cron: '0 9 * * *' } })
  const sync = () => syncSchedules({ pool: database.pool, clock }, flow.flowId)
  const read = () => database.prisma.schedule.findUnique({ where: { flowId: flow.flowId } })
  const publish = async (version: number, schedule?: object): Promise<void> => {
    const document = {
      document: { dsl: '1.0.3', namespace: 'test', name: 'test', version: '1.0.0' },
      ...(schedule ? { schedule } : {}),
      do: TASKS
    }
    await database.prisma.flowVersion.create({
      data: {
        flowId: flow.flowId,
        version,
        name: 'test',
        ...lookupColumns(document as never),
        document,
        createdBy: 'test',
        createdAt: new Date()
      }
    })
    await database.prisma.flow.update({
      where: { id: flow.flowId },
      data: { latestVersion: version, publishedVersion: version }
    })
    await sync()
  }
  await sync()
  const first = await read()
  await publish(2, { cron: '0 9 * * *' })
  t.match(await read(), { flowVersion: 2, nextAt: first?.nextAt }, 'the same rule keeps its next tick')
  await publish(3, { every: { minutes: 1 } })
  t.match(await read(), { flowVersion: 3, rule: { everyMs: 60_000 } })
  await publish(4)
  t.equal(await read(), null)
})

t.test('a new rule uses the time zone that was set, and a paused schedule stays paused', async (t) => {
  const { url } = await testDatabase(t)
  const { database, clock } = await startEngine(t, url, { role: 'gateway' })
  const flow = await insertFlow(database, TASKS, { schedule: { cron: '0 9 * * *' } })
  const sync = () => syncSchedules({ pool: database.pool, clock }, flow.flowId)
  const read = () => database.prisma.schedule.findUniqueOrThrow({ where: { flowId: flow.flowId } })
  const change = (wish: { paused?: boolean; timeZone?: string }) =>
    createScheduleStore({ pool: database.pool, clock }).change([flow.workspaceId], flow.flowId, wish)
  const publish = async (version: number, cron: string): Promise<void> => {
    const document = {
      document: { dsl: '1.0.3', namespace: 'test', name: 'test', version: '1.0.0' },
      schedule: { cron },
      do: TASKS
    }
    await database.prisma.flowVersion.create({
      data: {
        flowId: flow.flowId,
        version,
        name: 'test',
        ...lookupColumns(document as never),
        document,
        createdBy: 'test',
        createdAt: new Date()
      }
    })
    await database.prisma.flow.update({
      where: { id: flow.flowId },
      data: { latestVersion: version, publishedVersion: version }
    })
    await sync()
  }
  await sync()
  await change({ timeZone: 'Asia/Kolkata' })
  await publish(2, '0 10 * * *')
  t.match((await read()).nextAt?.toISOString(), /T04:30:00\.000Z$/, "10 o'clock in India")
  await change({ paused: true })
  await publish(3, '0 11 * * *')
  t.match(await read(), { flowVersion: 3, nextAt: null })
  await change({ paused: false })
  t.match((await read()).nextAt?.toISOString(), /T05:30:00\.000Z$/)
})

t.test('a paused schedule starts nothing, and skips its missed ticks when it is resumed', async (t) => {
  const { url } = await testDatabase(t)
  const { database, clock, engine } = await startEngine(t, url)
  const [paused, other] = [
    await insertFlow(database, TASKS, { schedule: { every: { minutes: 1 } } }),
    await insertFlow(database, TASKS, { schedule: { every: { minutes: 1 } } })
  ]
  await syncSchedules({ pool: database.pool, clock }, null)
  await createScheduleStore({ pool: database.pool, clock }).change([paused.workspaceId], paused.flowId, {
    paused: true
  })
  const count = ({ flowId }: { flowId: string }): Promise<number> => database.prisma.run.count({ where: { flowId } })
  clock.advance(10 * 60_000)
  await until(async () => (await count(other)) === 1, 60_000, 'the one that is not paused')
  t.equal(await count(paused), 0)
  await createScheduleStore({ pool: database.pool, clock }).change([paused.workspaceId], paused.flowId, {
    paused: false
  })
  clock.advance(60_000)
  await until(async () => (await count(paused)) === 1 && (await count(other)) === 2, 60_000, 'both tick')
  t.equal((await engine.stats()).scheduled, 3)
})
