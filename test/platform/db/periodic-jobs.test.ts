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
  t.same(runs.splice(0), ['bad', 'often', 'rare'])
  t.match(periodicJobs.logged, [{ job: 'bad' }])
  await periodicJobs.run()
  t.same(runs.splice(0), [], 'nothing is due')
  periodicJobs.advance(1_000)
  await periodicJobs.run()
  t.same(runs.splice(0), ['bad', 'often'])
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
