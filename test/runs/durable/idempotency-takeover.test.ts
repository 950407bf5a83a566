import t from 'tap'
import { createIdempotency, type KeyedCall } from '../../../src/gateway/idempotency.ts'
import { requestDigest } from '../../../src/gateway/idempotency-key.ts'
import { Fault } from '../../../src/lib/fault.ts'
import { createKeyring, parseKeys } from '../../../src/lib/keyring.ts'
import { testDatabase } from '../../fixtures/database.ts'
import { startEngine } from './fixtures.ts'

const KEYRING = createKeyring(parseKeys(`test:${Buffer.alloc(32, 7).toString('base64')}`))
const GONE_WORKER = 2_000_000_000

async function open(t: Parameters<typeof startEngine>[0]) {
  const { url } = await testDatabase(t)
  const { engine, database, clock } = await startEngine(t, url)
  const make = (workerId: number) =>
    createIdempotency({ pool: database.pool, keyring: KEYRING, clock, workers: { ...engine, workerId } })
  const call: KeyedCall = {
    workspaceId: 'wsp',
    listenerId: 'lsn_1',
    principal: 'tok_1',
    key: 'k',
    digest: requestDigest('POST', [], 'application/json', Buffer.from('{}')),
    retryForMs: 300,
    onRun: () => {}
  }
  return { database, call, dead: make(GONE_WORKER), alive: make(engine.workerId) }
}

t.test('a call whose process died is repeated as the same run', async (t) => {
  const { call, dead, alive } = await open(t)
  let first = ''
  // The process that started it never returns.
  void dead
    .once(
      call,
      (runId) =>
        new Promise(() => {
          first = runId
        })
    )
    .catch(() => {})
  while (first === '')
    await new Promise((resolve) => {
      setImmediate(resolve)
    })
  let second = ''
  const answer = await alive.once(call, async (runId, again) => {
    second = runId
    return { status: 200, headers: {}, body: again }
  })
  t.equal(second, first)
  t.same(answer, { status: 200, headers: {}, body: true }, 'the second process knows that the call was started before')
})

t.test('409: a repetition stops waiting for a call that is still being made', async (t) => {
  const { call, alive } = await open(t)
  let started = false
  let finish = (): void => {}
  const first = alive.once(
    call,
    () =>
      new Promise((resolve) => {
        started = true
        finish = () => resolve({ status: 200, headers: {}, body: 1 })
      })
  )
  while (!started)
    await new Promise((resolve) => {
      setImmediate(resolve)
    })
  await t.rejects(
    alive.once(call, async () => ({ status: 200, headers: {}, body: 2 })),
    { code: 'conflict', headers: { 'Retry-After': '1' } }
  )
  finish()
  t.match(await first, { body: 1 })
})

t.test('an error that is not an answer of the run is not stored: the next call is made', async (t) => {
  const { call, alive, database } = await open(t)
  await t.rejects(
    alive.once(call, async () => {
      throw new Fault('unavailable')
    }),
    { code: 'unavailable' }
  )
  t.match(await alive.once(call, async () => ({ status: 200, headers: {}, body: 3 })), { body: 3 })
  const {
    rows: [row]
  } = await database.pool.query<{ answer: string }>('select answer from idempotent_call')
  t.match(row?.answer, /^v1\.test\./, 'the stored answer is sealed')
})
