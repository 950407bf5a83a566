import { once } from 'node:events'
import t from 'tap'
import { openDatabase } from '../../../src/platform/db/client.ts'
import { createPeriodicJobs, type Job } from '../../../src/platform/db/periodic-jobs.ts'
import { testDatabase } from '../../fixtures/database.ts'

async function jobsOf(t: Parameters<typeof testDatabase>[0], url: string, jobs: readonly Job[]) {
  const { pool, close } = openDatabase({ url, poolSize: 3 })
  const logged: unknown[] = []
  let now = 1_000_000
  const periodicJobs = createPeriodicJobs({
    pool,
    jobs,
    now: () => now,
    log: {
      error: (fields: unknown) => {
        logged.push(fields)
      }
    }
  })
  t.teardown(async () => {
    await periodicJobs.close()
    await close()
  })
  return {
    ...periodicJobs,
    logged,
    advance(ms: number) {
      now += ms
    }
  }
}

t.test('a job runs when it is due, and one that fails holds up no other', async (t) => {
  const runs: string[] = []
  const job = (name: string, everyMs: number, fail = false): Job => ({
    name,
    everyMs,
    async run() {
      runs.push(name)
      if (fail) throw new Error('no')
    }
  })
  const { url } = await testDatabase(t)
  const periodicJobs = await jobsOf(t, url, [job('bad', 1_000, true), job('often', 1_000), job('rare', 10_000)])
  await periodicJobs.run()
  t.same(runs.splice(0).sort(), ['bad', 'often', 'rare'])
  t.match(periodicJobs.logged, [{ job: 'bad' }])
  await periodicJobs.run()
  t.same(runs.splice(0), [], 'nothing is due')
  periodicJobs.advance(1_000)
  await periodicJobs.run()
  t.same(runs.splice(0).sort(), ['bad', 'often'])
})

t.test('the start runs what calls need, and that is not due again in the first round', async (t) => {
  const { url } = await testDatabase(t)
  const runs: string[] = []
  const job = (name: string, atStart?: true): Job => ({
    name,
    everyMs: 1_000,
    ...(atStart && { atStart }),
    async run() {
      runs.push(name)
    }
  })
  const periodicJobs = await jobsOf(t, url, [job('partitions', true), job('trim')])
  await periodicJobs.start()
  t.same(runs.splice(0), ['partitions'])
  await periodicJobs.run()
  t.same(runs.splice(0), ['trim'])
})

t.test('a job that failed is due again after a minute, and is counted', async (t) => {
  const { url } = await testDatabase(t)
  let failing = true
  const periodicJobs = await jobsOf(t, url, [
    {
      name: 'rare',
      everyMs: 3_600_000,
      async run() {
        if (failing) throw new Error('no')
      }
    }
  ])
  await periodicJobs.run()
  t.match(periodicJobs.stats(), { done: {}, failed: { rare: 1 }, lastDone: {}, seconds: { rare: Number } })
  failing = false
  periodicJobs.advance(59_000)
  await periodicJobs.run()
  t.same(periodicJobs.stats().done, {}, 'not due yet')
  periodicJobs.advance(1_000)
  await periodicJobs.run()
  t.match(periodicJobs.stats(), {
    done: { rare: 1 },
    failed: { rare: 1 },
    lastDone: { rare: 1_060 },
    seconds: { rare: Number }
  })
  periodicJobs.advance(3_599_000)
  await periodicJobs.run()
  t.same(periodicJobs.stats().done, { rare: 1 }, 'one that succeeded waits its whole time')
})

t.test('of two processes one does the jobs, and the other one the next time', async (t) => {
  const { url } = await testDatabase(t)
  const held = Promise.withResolvers<void>()
  const begun = Promise.withResolvers<void>()
  const runs: string[] = []
  const first = await jobsOf(t, url, [
    {
      name: 'long',
      everyMs: 1_000,
      async run() {
        begun.resolve()
        await held.promise
        runs.push('first')
      }
    }
  ])
  const second = await jobsOf(t, url, [
    {
      name: 'long',
      everyMs: 1_000,
      async run() {
        runs.push('second')
      }
    }
  ])
  const running = first.run()
  await begun.promise
  await second.run()
  t.same(runs, [], 'the other process is at it')
  held.resolve()
  await running
  await second.run()
  t.same(runs, ['first', 'second'])
})

t.test('a slow job delays no other', async (t) => {
  const { url } = await testDatabase(t)
  const held = Promise.withResolvers<void>()
  const other = Promise.withResolvers<void>()
  const jobs = await jobsOf(t, url, [
    { name: 'slow', everyMs: 1_000, run: () => held.promise },
    { name: 'other', everyMs: 1_000, run: async () => other.resolve() }
  ])
  const running = jobs.run()
  await other.promise
  held.resolve()
  await running
})

t.test('closing aborts the job that is running, and waits for it', async (t) => {
  const { url } = await testDatabase(t)
  const begun = Promise.withResolvers<void>()
  let ended = false
  const jobs = await jobsOf(t, url, [
    {
      name: 'long',
      everyMs: 1_000,
      async run(signal) {
        begun.resolve()
        await once(signal, 'abort')
        ended = true
        throw new Error('stopped')
      }
    }
  ])
  void jobs.run()
  await begun.promise
  await jobs.close()
  t.ok(ended)
  t.same(jobs.logged, [], 'stopping is no failure')
})
