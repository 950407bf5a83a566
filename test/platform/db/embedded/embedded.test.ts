import { once } from 'node:events'
import { readdir, stat } from 'node:fs/promises'
import { createServer } from 'node:net'
import path from 'node:path'
import t from 'tap'
import { query, start, temporaryFolder } from '../fixtures/embedded.ts'

t.test('the first start makes a database, a later one finds its data, password and port again', async (t) => {
  const dataDir = path.join(await temporaryFolder(t), 'not', 'there', 'yet')
  const first = await start(t, dataDir)
  await query(first.url, `create table kept as select 'ß' as text`)
  await first.stop()
  await t.rejects(query(first.url, 'select 1'), { code: 'ECONNREFUSED' }, 'nothing runs on')

  const second = await start(t, dataDir)
  t.equal(second.url, first.url)
  t.same(
    await query(second.url, 'select text, upper(text) from kept'),
    [{ text: 'ß', upper: 'ß' }],
    'by rules that are the same on every machine'
  )
  await second.stop()
  await second.stop()
})

t.test('it listens on this machine alone, wants its password, and keeps that from other users', async (t) => {
  const dataDir = await temporaryFolder(t)
  const database = await start(t, dataDir, { durable: true })
  const settings = await query(
    database.url,
    `select name, setting from pg_settings where name in ('listen_addresses', 'unix_socket_directories', 'fsync', ` +
      `'full_page_writes', 'server_encoding', 'TimeZone') order by name`
  )
  t.same(Object.fromEntries(settings.map(({ name, setting }) => [name, setting])), {
    listen_addresses: '127.0.0.1',
    unix_socket_directories: '',
    fsync: 'on',
    full_page_writes: 'on',
    server_encoding: 'UTF8',
    TimeZone: 'UTC'
  })
  const wrong = new URL(database.url)
  wrong.password = 'wrong'
  await t.rejects(query(wrong.href, 'select 1'), { code: '28P01' })
  t.equal((await stat(path.join(dataDir, 'postgres', 'password'))).mode & 0o777, 0o600)
  t.same(
    (await readdir(path.join(dataDir, 'postgres'))).sort(),
    ['data', 'lock', 'owner', 'password', 'port'],
    'no copy of the password stays'
  )
})

t.test('two projects side by side have a port each, and a kept port that is taken is given up', async (t) => {
  const [one, two] = [await temporaryFolder(t), await temporaryFolder(t)]
  const [first, second] = [await start(t, one), await start(t, two)]
  t.not(new URL(first.url).port, new URL(second.url).port)
  await first.stop()
  const squatter = createServer().listen(Number(new URL(first.url).port), '127.0.0.1')
  t.teardown(() => squatter.close())
  await once(squatter, 'listening')
  const moved = await start(t, one)
  t.not(new URL(moved.url).port, new URL(first.url).port)
  t.ok(await query(moved.url, 'select 1'))
})

t.test('a server that does not start says why', async (t) => {
  const dataDir = await temporaryFolder(t)
  await t.rejects(start(t, dataDir, { settings: { no_such_setting: '1' } }), {
    name: 'EmbeddedError',
    message: /did not start.*unrecognized configuration parameter "no_such_setting"/s
  })
  const database = await start(t, dataDir)
  t.ok(await query(database.url, 'select 1'), 'and the folder is free again')
})
