import t from 'tap'
import { openDatabase } from '../../../src/platform/db/client.ts'
import { createUpkeep, type Chore } from '../../../src/platform/db/periodic-jobs.ts'
import { testDatabase } from '../../fixtures/database.ts'

async function upkeepOf(t: Parameters<typeof testDatabase>[0], url: string, chores: readonly Chore[]) {
  const { pool, close } = openDatabase({ url, poolSize: 3 })
  const logged: unknown[] = []
  let now = 1_000_000
  const upkeep = createUpkeep({
    pool,
    chores,
    now: () => now,
    log: {
      error: (fields: unknown) => {
        logged.push(fields)
      }
    }
  })
  t.teardown(async () => {
    await upkeep.close()
    await close()
  })
  return {
    ...upkeep,
    logged,
    advance(ms: number) {
      now += ms
    }
  }
}

t.test('a chore runs when it is due, and one that fails holds up no other', async (t) => {
  const runs: string[] = []
  const chore = (name: string, everyMs: number, fail = false): Chore => ({
    name,
    everyMs,
    async run() {
      runs.push(name)
      if (fail) throw new Error('no')
    }
  })
  const { url } = await testDatabase(t)
  const upkeep = await upkeepOf(t, url, [chore('bad', 1_000, true), chore('often', 1_000), chore('seldom', 10_000)])
  await upkeep.run()
  t.same(runs.splice(0), ['bad', 'often', 'seldom'])
  t.match(upkeep.logged, [{ chore: 'bad' }])
  await upkeep.run()
  t.same(runs.splice(0), [], 'nothing is due')
  upkeep.advance(1_000)
  await upkeep.run()
  t.same(runs.splice(0), ['bad', 'often'])
})

t.test('of two processes one does the chores, and the other one the next time', async (t) => {
  const { url } = await testDatabase(t)
  const held = Promise.withResolvers<void>()
  const begun = Promise.withResolvers<void>()
  const runs: string[] = []
  const first = await upkeepOf(t, url, [
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
  const second = await upkeepOf(t, url, [
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
