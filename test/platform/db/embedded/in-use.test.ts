import { fork, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import path from 'node:path'
import t, { type Test } from 'tap'
import { query, startProcess, stopped, temporaryFolder } from '../fixtures/embedded.ts'

const IN_USE = /^EmbeddedError: Another process \(.+\) uses the database in .+\/postgres\. Stop it, or .+$/

t.test('a second process on a folder is told which process uses it, and the first is not disturbed', async (t) => {
  const dataDir = await temporaryFolder(t)
  const first = await startProcess(t, dataDir)
  const second = await startProcess(t, dataDir)
  t.match(second.error, IN_USE)
  t.match(second.error, `(${first.child.pid}) uses the database in ${dataDir}/postgres`)
  t.ok(await query(first.url, 'select 1'))
})

t.test('of processes that take the same new folders at once, exactly one gets each', async (t) => {
  const parent = await temporaryFolder(t)
  const contenders = Array.from({ length: 3 }, () => forkFixture(t, 'folder-contender.ts'))
  const ask = async (message: string): Promise<string[]> =>
    Promise.all(
      contenders.map(async (contender) => {
        const answer = once(contender, 'message')
        contender.send(message)
        return String((await answer)[0])
      })
    )
  for (let round = 0; round < 100; round++) {
    const answers = await ask(path.join(parent, String(round), 'data'))
    const losers = answers.filter((answer) => answer !== 'held')
    t.equal(losers.length, 2)
    for (const answer of losers) t.match(answer, IN_USE)
    await ask('release')
  }
})

t.test('of two processes that start at once on a new folder, one gets it, also on a busy machine', async (t) => {
  for (let core = 0; core < 3; core++) forkFixture(t, 'busy-process.ts')
  for (let pair = 0; pair < 2; pair++) {
    const dataDir = await temporaryFolder(t)
    const both = await Promise.all([startProcess(t, dataDir), startProcess(t, dataDir)])
    const [winner, ...others] = both.filter(({ url }) => url !== undefined)
    t.same(others, [])
    t.match(both.find(({ error }) => error !== undefined)?.error, IN_USE)
    t.ok(await query(winner?.url, 'select 1'))
    await Promise.all(both.map(({ child }) => stopped(child)))
  }
})

function forkFixture(t: Test, name: string): ChildProcess {
  const child = fork(path.join(import.meta.dirname, '../fixtures', name), { execArgv: [], env: {} })
  t.teardown(() => child.kill('SIGKILL'))
  return child
}
