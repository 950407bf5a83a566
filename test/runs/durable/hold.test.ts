import t from 'tap'
import { openDatabase } from '../../../src/platform/db/client.ts'
import { createEgress } from '../../../src/platform/egress/index.ts'
import type { EffectInfo, HttpCall } from '../../../src/dsl/index.ts'
import { newId } from '../../../src/lib/ids.ts'
import { beginInlineRun } from '../../../src/runs/durable/inline-run.ts'
import { holdRun } from '../../../src/runs/durable/held-run.ts'
import { createLease } from '../../../src/runs/durable/lease.ts'
import { LEASE_TRUST_MS } from '../../../src/runs/durable/settings.ts'
import { createPortsFactory, type Hold } from '../../../src/runs/ports.ts'
import { createStandstillWatch } from '../../../src/runs/standstill.ts'
import { createTestClock } from '../../fixtures/clock.ts'
import { reservePort } from '../../fixtures/reserve-port.ts'
import { startUpstream } from '../../fixtures/upstream.ts'

const standstill = createStandstillWatch({ pausedMs: 60_000 })
t.teardown(() => standstill.close())

async function open(t: Pick<typeof import('tap').t, 'teardown'>, hold: Hold) {
  const upstream = await startUpstream()
  const egress = createEgress({ allow: ['127.0.0.1/32'] })
  t.teardown(async () => {
    await egress.close()
    await upstream.close()
  })
  const ports = createPortsFactory({
    egress,
    clock: createTestClock(),
    emit: async () => {},
    readSecrets: async () => ({})
  })('wsp_1', undefined, hold)
  const { signal } = new AbortController()
  const call: HttpCall = {
    method: 'POST',
    url: `${upstream.url}/echo`,
    headers: {},
    body: '{}',
    redirect: false,
    authentication: undefined,
    signal,
    onCredential: () => {},
    holdsSecret: () => false
  }
  const at: EffectInfo = { pointer: '/do/0/ask', attempt: 1, key: 'k', signal, idempotencyKey: 'key' }
  return { upstream, send: () => ports.http(call, at) }
}

t.test('a process that was frozen between confirming and sending confirms again, and sends once', async (t) => {
  let isFresh = false
  let confirmed = 0
  const { upstream, send } = await open(t, {
    isFresh: () => isFresh,
    isDurable: () => true,
    async confirm() {
      confirmed++
      isFresh = true
    },
    withRetry: (work) => work()
  })
  t.equal((await send()).status, 200)
  t.equal(confirmed, 1)
  t.equal(upstream.requests.length, 1)
})

t.test('a process whose run another process holds meanwhile sends nothing', async (t) => {
  const { upstream, send } = await open(t, {
    isFresh: () => false,
    isDurable: () => true,
    confirm: async () => {
      throw new Error('another has it')
    },
    withRetry: (work) => work()
  })
  await t.rejects(send(), /another has it/)
  t.equal(upstream.requests.length, 0)
})

t.test('a run inside its request needs no database until it is durable', async (t) => {
  const database = openDatabase({ url: `postgresql://nobody@127.0.0.1:${await reservePort()}/none` })
  t.teardown(() => database.close())
  const writer = {
    write: async () => {
      t.fail('nothing is written')
    },
    fencedWrites: () => 0
  }
  const lease = createLease({
    ask: async () => {
      throw new Error('no database')
    },
    seenSince: () => 0,
    standstill,
    trustMs: -1
  })
  const workspaceId = newId('wsp')
  const begun = beginInlineRun(
    { pool: database.pool, writer, workerId: 1, lease, now: Date.now, observer: { onStep() {}, onSecret() {} } },
    {
      id: newId('run'),
      workspaceId,
      listenerId: null,
      flowId: newId('flw'),
      flowVersion: 1,
      accountId: null,
      tokenId: null,
      requestId: 'req_1',
      caller: { kind: 'anonymous', id: null, name: null, workspaceId },
      input: {},
      priority: 0,
      acceptedAt: 0
    },
    async (held) => ({
      status: 'succeeded',
      output: await held.journal.effect('k', async () => held.hold.isFresh(), 'leaf')
    })
  )
  t.same(await begun.outcome, { status: 'succeeded', output: true })
})

/** A database that is unavailable for the first `failures` queries. */
function shaky(failures: number): { asked(): number; ask(): Promise<string> } {
  let asked = 0
  return {
    asked: () => asked,
    async ask() {
      if (asked++ < failures) throw Object.assign(new Error('connect ECONNREFUSED'), { code: 'ECONNREFUSED' })
      return 'there'
    }
  }
}

function held(isDurable: boolean) {
  const claim = {
    runId: newId('run'),
    epoch: 1,
    job: null,
    workspaceId: 'wsp_1',
    listenerId: null,
    limited: false,
    flowId: 'flw_1',
    flowVersion: 1,
    requestId: 'req_1',
    caller: { kind: 'anonymous' as const, id: null, name: null, workspaceId: 'wsp_1' },
    input: {},
    startedAt: 0,
    effects: new Map<string, string>(),
    stepKeys: new Set<string>(),
    lastSeq: 0
  }
  return holdRun({
    claim,
    writer: { write: async () => {}, fencedWrites: () => 0 },
    lease: createLease({ ask: async () => {}, seenSince: () => 0, standstill }),
    claimedAt: performance.now(),
    now: Date.now,
    isDurable: () => isDurable
  })
}

t.test('a durable run survives a short loss of the database: secrets and events wait for it', async (t) => {
  // Waiting for the database keeps no process alive; this timer stands for the server.
  const server = setInterval(() => {}, 1_000)
  t.teardown(() => clearInterval(server))
  const run = held(true)
  const [secrets, events] = [shaky(2), shaky(2)]
  const egress = createEgress({ allow: [] })
  t.teardown(() => egress.close())
  const factory = createPortsFactory({
    egress,
    clock: createTestClock(),
    emit: async () => {
      await events.ask()
    },
    readSecrets: async () => ({ key: await secrets.ask() })
  })
  const ports = factory('wsp_1', undefined, run.hold)
  const { signal } = new AbortController()
  t.same(await ports.secrets(['key']), { key: 'there' })
  await ports.emit(
    { specversion: '1.0', id: 'e', source: '/', type: 't', time: new Date(0).toISOString() },
    { pointer: '/do/0/tell', attempt: 1, key: 'k', signal, idempotencyKey: 'key' }
  )
  t.same([secrets.asked(), events.asked()], [3, 3])
  t.notOk(run.isLost())
})

t.test('a run inside its request does not wait for the database: its caller gets the error at once', async (t) => {
  const secrets = shaky(1)
  await t.rejects(held(false).hold.withRetry(secrets.ask), { code: 'ECONNREFUSED' })
  t.equal(secrets.asked(), 1)
})

t.test('a confirmed hold stands while other processes see this one, and for no longer than is safe', async (t) => {
  let seenSince: number | undefined = 0
  let asked = 0
  const lease = createLease({
    ask: async () => {
      asked++
    },
    seenSince: () => seenSince,
    standstill
  })
  const confirmedAt = performance.now()
  t.equal(lease.isFresh(confirmedAt), true)
  t.equal(lease.isFresh(confirmedAt - LEASE_TRUST_MS - 1), false)
  seenSince = undefined
  t.equal(lease.isFresh(confirmedAt), false)
  await lease.confirm()
  t.equal(asked, 0, 'nothing that the database says would hold')
  seenSince = performance.now()
  t.equal(lease.isFresh(confirmedAt), false, 'others may have taken the runs meanwhile')
  await lease.confirm()
  t.same([asked, lease.isFresh(performance.now())], [1, true])
})
