import { once, EventEmitter } from 'node:events'
import pg from 'pg'
import { pino } from 'pino'
import t, { type Test } from 'tap'
import { openDatabase } from '../../../src/platform/db/client.ts'
import {
  createNotifications,
  MAX_PAYLOAD_BYTES,
  notify,
  notifyAll,
  type ConnectionState,
  type Notifications
} from '../../../src/platform/db/notify.ts'
import { createTestClock } from '../../fixtures/clock.ts'
import { testDatabase } from '../../fixtures/database.ts'
import { startTcpProxy } from '../../fixtures/tcp-proxy.ts'

const log = pino({ level: 'silent' })

function listening(t: Test, url: string, options: { heartbeatMs?: number; silenceMs?: number } = {}): Notifications {
  const notifications = createNotifications({ url, log, ...options })
  t.teardown(() => notifications.close())
  return notifications
}

/** What arrives, as events to wait for. */
function states(notifications: Notifications): EventEmitter {
  const events = new EventEmitter()
  notifications.onStateChange((state) => events.emit(state.connected ? 'back' : 'lost', state))
  return events
}

function keys(notifications: Notifications, topic: string): { next(): Promise<string> } {
  const arrived: string[] = []
  const events = new EventEmitter()
  notifications.subscribe(topic, (key) => {
    arrived.push(key)
    events.emit('key')
  })
  return {
    async next() {
      while (arrived.length === 0) await once(events, 'key')
      return arrived.shift() ?? ''
    }
  }
}

t.test('an announcement reaches every process that subscribed to its topic, the announcing one too', async (t) => {
  const { url } = await testDatabase(t)
  const database = openDatabase({ url })
  t.teardown(() => database.close())
  const [one, two] = [listening(t, url), listening(t, url)]
  const heard = [keys(one, 'token'), keys(two, 'token')]
  one.subscribe('account', () => t.fail('another topic'))
  await Promise.all([one.ready(), two.ready()])
  await notify(database.pool, 'token', 'tok_1')
  for (const each of heard) t.equal(await each.next(), 'tok_1')
})

t.test(
  'an announcement made in a transaction arrives with its commit, and not at all when it rolls back',
  async (t) => {
    const { url } = await testDatabase(t)
    const database = openDatabase({ url })
    t.teardown(() => database.close())
    const notifications = listening(t, url)
    const heard = keys(notifications, 'token')
    await notifications.ready()
    await t.rejects(
      database.prisma.$transaction(async (tx) => {
        await notify(tx, 'token', 'rolled back')
        throw new Error('no')
      })
    )
    await database.prisma.$transaction(async (tx) => {
      await notify(tx, 'token', 'committed')
      await notify(database.pool, 'token', 'before the commit')
    })
    t.equal(await heard.next(), 'before the commit')
    t.equal(await heard.next(), 'committed')
  }
)

t.test('any number of announcements arrive in their order; if one is too long, none is sent', async (t) => {
  const { url } = await testDatabase(t)
  const database = openDatabase({ url })
  t.teardown(() => database.close())
  const notifications = listening(t, url)
  const [tokens, accounts] = [keys(notifications, 'token'), keys(notifications, 'account')]
  await notifications.ready()
  const names = Array.from({ length: 2_000 }, (_, n) => `{"${n}",'ü'}`)
  const announce = (...changes: (readonly [string, string])[]) =>
    database.prisma.$transaction((tx) => notifyAll(tx, changes))
  await announce()
  await t.rejects(announce(['token', 'unsent'], ['token', 'x'.repeat(MAX_PAYLOAD_BYTES)]), RangeError)
  await announce(...names.map((name) => ['token', name] as const), ['account', 'last'])
  t.equal(await accounts.next(), 'last')
  const heard: string[] = []
  for (const _ of names) heard.push(await tokens.next())
  t.same(heard, names)
})

t.test('a handler that throws does not keep others from hearing, and one that left hears no more', async (t) => {
  const { url } = await testDatabase(t)
  const database = openDatabase({ url })
  t.teardown(() => database.close())
  const notifications = listening(t, url)
  notifications.subscribe('token', () => {
    throw new Error('broken')
  })
  const leave = notifications.subscribe('token', () => t.fail('left'))
  leave()
  const heard = keys(notifications, 'token')
  await notifications.ready()
  await notify(database.pool, 'token', 'a')
  t.equal(await heard.next(), 'a')
})

t.test('what is not a notification of ours is passed over', async (t) => {
  const { url } = await testDatabase(t)
  const database = openDatabase({ url })
  t.teardown(() => database.close())
  const notifications = listening(t, url)
  const heard = keys(notifications, 'token')
  await notifications.ready()
  for (const payload of ['', 'no json', '[]', 'null', '{"topic":1,"key":"x"}'])
    await database.pool.query(`select pg_notify('sluice', $1)`, [payload])
  await notify(database.pool, 'token', 'after')
  t.equal(await heard.next(), 'after')
})

t.test('a key too long for one message is refused before it is sent', async (t) => {
  const refusing = {
    query: () => {
      throw new Error('sent')
    }
  }
  await t.rejects(notify(refusing, 'token', 'x'.repeat(MAX_PAYLOAD_BYTES)), RangeError)
})

t.test(
  'losing the connection is told with the time until which news arrived; its return with the time since which it does',
  async (t) => {
    const { url } = await testDatabase(t)
    const proxy = await startTcpProxy(t, url)
    const clock = createTestClock()
    const notifications = createNotifications({ url: proxy.url, log, clock, heartbeatMs: 20 })
    t.teardown(() => notifications.close())
    const events = states(notifications)
    const heard = keys(notifications, 'token')
    t.equal(notifications.gapFreeSince(), undefined)
    await notifications.ready()
    t.equal(notifications.connected(), true)
    const first = notifications.gapFreeSince() ?? 0

    clock.advance(60_000)
    const lost = once(events, 'lost')
    await proxy.cut()
    const [{ aliveAt }] = (await lost) as [ConnectionState & { connected: false }]
    t.equal(notifications.connected(), false)
    t.equal(notifications.gapFreeSince(), undefined)
    t.ok(aliveAt >= first && aliveAt <= clock.now(), 'alive until some moment before the cut')
    t.equal(notifications.aliveAt(), aliveAt)

    clock.advance(60_000)
    const back = once(events, 'back')
    await proxy.restore()
    const [{ gapFreeSince }] = (await back) as [ConnectionState & { connected: true }]
    t.ok(gapFreeSince >= aliveAt + 60_000, 'the gap lies between')
    t.equal(notifications.gapFreeSince(), gapFreeSince)

    const direct = openDatabase({ url })
    t.teardown(() => direct.close())
    await notify(direct.pool, 'token', 'again')
    t.equal(await heard.next(), 'again')
  }
)

t.test('a connection that has gone silent counts as lost, although nothing closed it', async (t) => {
  const { url } = await testDatabase(t)
  const proxy = await startTcpProxy(t, url)
  const notifications = listening(t, proxy.url, { heartbeatMs: 20, silenceMs: 300 })
  await notifications.ready()
  const lost = once(states(notifications), 'lost')
  proxy.swallow()
  await lost
  t.equal(notifications.connected(), false)
})

t.test('a connection on which LISTEN has no effect never counts as connected', async (t) => {
  const { url } = await testDatabase(t)
  // What a pooler in transaction mode does: the statement succeeds on a session that is then handed to somebody else.
  const admin = new pg.Client({ connectionString: url })
  await admin.connect()
  t.teardown(() => admin.end())
  await admin.query(
    `create schema pooled; create function pooled.pg_notify(text, text) returns void language sql as $$ $$`
  )
  const pooled = new URL(url)
  pooled.searchParams.set('options', '-c search_path=pooled,pg_catalog')
  const warnings = new EventEmitter()
  const watched = pino({ level: 'warn' }, { write: (line) => warnings.emit('warning', line) })
  const notifications = createNotifications({ url: pooled.href, log: watched, silenceMs: 100 })
  t.teardown(() => notifications.close())
  notifications.onStateChange(() => t.fail('never connected, so never lost'))
  const [warning] = (await once(warnings, 'warning')) as [string]
  t.match(warning, /notifications do not arrive/)
  t.equal(notifications.connected(), false)
  t.equal(notifications.gapFreeSince(), undefined)
})

t.test('closing works while connected, while the database is away, and twice', async (t) => {
  const { url } = await testDatabase(t)
  const proxy = await startTcpProxy(t, url)
  const [one, two] = [listening(t, proxy.url), listening(t, proxy.url)]
  await Promise.all([one.ready(), two.ready()])
  await one.close()
  await one.close()
  t.equal(one.connected(), false)
  const lost = once(states(two), 'lost')
  await proxy.cut()
  await lost
  await two.close()
  t.equal(two.connected(), false)
})
