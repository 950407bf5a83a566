import t from 'tap'
import { createIdempotency, IDEMPOTENCY_SECONDS, type KeyedCall } from '../../../src/gateway/idempotency.ts'
import { requestDigest } from '../../../src/gateway/idempotency-key.ts'
import type { Answer } from '../../../src/gateway/respond.ts'
import { createKeyring, parseKeys } from '../../../src/lib/keyring.ts'
import { testDatabase } from '../../fixtures/database.ts'
import { startEngine } from './fixtures.ts'

const KEYRING = createKeyring(parseKeys(`test:${Buffer.alloc(32, 7).toString('base64')}`))

t.test('429: kept answers of a listener and of a workspace are bounded', async (t) => {
  const { url } = await testDatabase(t)
  const { engine, database, clock } = await startEngine(t, url)
  const { pool } = database
  await pool.query(`insert into workspace (id, name, key, secret, created_at) values ('w', 'w', 'w', 'w', now())`)
  await pool.query(`insert into flow (id, workspace_id, name, latest_version, published_version, created_at, updated_at)
    values ('f', 'w', 'f', 1, 1, now(), now())`)
  for (const id of ['l1', 'l2', 'l3'])
    await pool.query(
      `insert into listener (id, workspace_id, name, flow_id, mode, enabled, respond, status_mode, auth,
                             timeout_seconds, created_at, updated_at)
       values ($1, 'w', $1, 'f', 'sync', true, 'output', 'strict', '{}', 30, now(), now())`,
      [id]
    )
  const open = () =>
    createIdempotency({
      pool,
      keyring: KEYRING,
      clock,
      workers: engine,
      limits: { listener: { answers: 4, bytes: 20_000 }, workspace: { answers: 6, bytes: 1_000_000 } }
    })
  let idempotency = open()
  const call = (listenerId: string, key: string, principal = 'tok_1', body: unknown = key): Promise<Answer> => {
    const keyed: KeyedCall = {
      workspaceId: 'w',
      listenerId,
      principal,
      key,
      digest: requestDigest('POST', [], 'application/json', Buffer.from(key)),
      retryForMs: 300,
      onRun: () => {}
    }
    return idempotency.once(keyed, async () => ({ status: 200, headers: {}, body }))
  }
  const full = (scope: string) => ({
    code: 'rate_limited',
    why: 'too_many_idempotent_answers',
    detail: new RegExp(scope),
    headers: { 'Retry-After': '60' }
  })

  await call('l1', 'a', 'ip 192.0.2.1')
  await call('l1', 'b', 'ip 192.0.2.2')
  await t.rejects(call('l1', 'c', 'ip 192.0.2.3'), full('listener'), 'callers without a credential have a part of it')
  await call('l1', 'c')
  await call('l1', 'd')
  await t.rejects(call('l1', 'e'), full('listener'))
  t.match(await call('l1', 'd', 'tok_1', 'not made again'), { body: 'd' }, 'what is kept is given again')
  await call('l2', 'a')
  await call('l2', 'b')
  await t.rejects(call('l3', 'a'), full('workspace'))
  idempotency = open()
  await t.rejects(call('l3', 'a'), full('workspace'), 'another process counts what is in the database')

  clock.advance(IDEMPOTENCY_SECONDS * 1000 + 1)
  await call('l3', 'a', 'tok_1', 'x'.repeat(20_000))
  await t.rejects(call('l3', 'b'), full('listener'), 'bytes count')
  t.match(await call('l1', 'd', 'tok_1', 'made anew'), { body: 'made anew' }, 'expired answers do not count')
})
