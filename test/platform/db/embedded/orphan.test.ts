import { fork } from 'node:child_process'
import { once } from 'node:events'
import { mkdir, readdir, writeFile } from 'node:fs/promises'
import path from 'node:path'
import t from 'tap'
import { query, start, startProcess, temporaryFolder } from '../fixtures/embedded.ts'

t.test(
  'after kill -9 the next start finds the data and the way is clear: the server left behind is stopped',
  async (t) => {
    const dataDir = await temporaryFolder(t)
    const victim = await startProcess(t, dataDir)
    await query(victim.url, 'create table kept as select 1 as n')
    const [old] = await query<{ pid: number }>(
      victim.url,
      `select pg_postmaster_start_time()::text, (pg_read_file('postmaster.pid'))::text as pid`
    )
    const exit = once(victim.child, 'exit')
    victim.child.kill('SIGKILL')
    await exit
    t.ok(await query(victim.url, 'select 1'), 'the server outlives its process')

    const next = await start(t, dataDir)
    t.same(await query(next.url, 'select n from kept'), [{ n: 1 }])
    const [now] = await query<{ pid: number }>(next.url, `select (pg_read_file('postmaster.pid'))::text as pid`)
    t.not(Number.parseInt(String(now?.pid), 10), Number.parseInt(String(old?.pid), 10), 'by a server of its own')
  }
)

t.test('a pid file whose number another program has by now does not harm that program', async (t) => {
  const dataDir = await temporaryFolder(t)
  const database = await start(t, dataDir)
  await database.stop()
  const bystander = fork(path.join(import.meta.dirname, '../fixtures/idle-process.ts'), { execArgv: [], env: {} })
  t.teardown(() => bystander.kill())
  await once(bystander, 'message')
  const data = path.join(dataDir, 'postgres', 'data')
  await writeFile(
    path.join(data, 'postmaster.pid'),
    `${bystander.pid}\n${data}\n1700000000\n5432\n\n127.0.0.1\n1 1\nready\n`
  )
  const next = await start(t, dataDir)
  t.ok(await query(next.url, 'select 1'))
  t.equal(bystander.exitCode, null)
  t.equal(bystander.signalCode, null)
})

t.test('a first start after interrupted ones makes a whole database and deletes what they left', async (t) => {
  const dataDir = await temporaryFolder(t)
  const folder = path.join(dataDir, 'postgres')
  const half = path.join(folder, 'data.partial-a1b2c3')
  await mkdir(path.join(half, 'base'), { recursive: true })
  await writeFile(path.join(half, 'PG_VERSION'), '18\n')
  await writeFile(`${half}.password`, 'old')
  const database = await start(t, dataDir)
  t.ok(await query(database.url, 'select 1'))
  t.same((await readdir(folder)).sort(), ['data', 'lock', 'owner', 'password', 'port'])
})
