import { Writable } from 'node:stream'
import { isDeepStrictEqual } from 'node:util'
import pg from 'pg'
import t from 'tap'
import { assemble } from '../../src/assemble/assemble.ts'
import type { AssembleOptions } from '../../src/assemble/options.ts'
import { createKeyring, generateKeys, parseKeys } from '../../src/lib/keyring.ts'
import { openDatabase } from '../../src/platform/db/client.ts'
import { createNotifications } from '../../src/platform/db/notify.ts'
import { createLog } from '../../src/platform/log/log.ts'
import { createTestClock } from '../fixtures/clock.ts'
import { emptyDatabase, testDatabase, type TestDatabase } from '../fixtures/database.ts'
import { until } from '../fixtures/until.ts'

/** Each breaks another stage, in the order of the stages. */
const BROKEN: { stage: string; options?: Partial<AssembleOptions>; withoutTables?: boolean; message: RegExp }[] = [
  { stage: 'outgoing connections', options: { egressAllow: ['not an address/99'] }, message: /not an address/ },
  {
    stage: 'connection of the durable engine',
    options: { databaseUrl: 'postgresql://nobody@127.0.0.1:1/none' },
    message: /ECONNREFUSED/
  },
  { stage: 'tables of the durable engine', withoutTables: true, message: /relation "worker" does not exist/ },
  { stage: 'routes', options: { publicUrl: 'not a url' }, message: /url/i }
]

for (const { stage, options, withoutTables = false, message } of BROKEN) {
  t.test(`if the stage "${stage}" of assembling fails, nothing that was opened stays open`, async (t) => {
    const given = await prepare(withoutTables ? await emptyDatabase(t) : await testDatabase(t))
    await t.rejects(assemble({ ...given.options, ...options }), { message })
    await given.close()
    await given.untilAsBefore()
  })
}

t.test('a gateway that is closed leaves nothing open, and closing it again waits for the first time', async (t) => {
  const given = await prepare(await testDatabase(t))
  const sluice = await assemble(given.options)
  await sluice.app.listen({ host: '127.0.0.1', port: 0 })
  t.notOk(given.isSame(), 'the measure sees an open gateway')
  await Promise.all([sluice.close(), sluice.close()])
  await given.close()
  await given.untilAsBefore()
})

/** What assembling is given, and a measure of what is open in this process and, of its sessions, in the database. */
async function prepare({ url }: TestDatabase) {
  const before = openHandles()
  const log = createLog({ level: 'silent', destination: new Writable({ write: (_chunk, _encoding, done) => done() }) })
  const clock = createTestClock()
  const database = openDatabase({ url, log })
  const notifications = createNotifications({ url, log, clock })
  await notifications.ready()
  const options: AssembleOptions = {
    database,
    databaseUrl: url,
    notifications,
    keyring: createKeyring(parseKeys(generateKeys())),
    clock,
    log,
    publicUrl: 'http://127.0.0.1:8080',
    host: '127.0.0.1',
    signup: 'closed',
    egressAllow: [],
    trustProxy: [],
    cachePolicy: { maxStaleMs: 5_000, graceMs: 60_000 },
    version: '0.0.0-test',
    role: 'all'
  }
  const isSame = (): boolean => isDeepStrictEqual(openHandles(), before)
  return {
    options,
    isSame,
    /** Waits, as the system reports that a socket is closed a little later. */
    untilAsBefore: () =>
      until(async () => isSame() && (await sessionsOf(url)) === 0, 30_000, `open: ${openHandles().join(', ')}`),
    async close() {
      await notifications.close()
      await database.close()
    }
  }
}

/** Sockets, servers, threads and timers that keep this process alive, but for the standard streams. */
function openHandles(): string[] {
  return process
    .getActiveResourcesInfo()
    .filter((name) => !/^(?:Pipe|TTY|FS)/.test(name))
    .sort()
}

async function sessionsOf(url: string): Promise<number> {
  const admin = new URL(url)
  const name = admin.pathname.slice(1)
  admin.pathname = '/postgres'
  const client = new pg.Client({ connectionString: admin.href })
  await client.connect()
  try {
    return (await client.query('select from pg_stat_activity where datname = $1', [name])).rowCount ?? 0
  } finally {
    await client.end()
  }
}
