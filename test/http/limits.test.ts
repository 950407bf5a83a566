import { get } from 'node:http'
import t from 'tap'
import { EVENT_STREAMS_OF_PRINCIPAL } from '../../src/http/event-streams.ts'
import { LIVE_TOKENS_MAX } from '../../src/tokens/issue.ts'
import { WORKSPACE_LIMITS } from '../../src/workspaces/quotas.ts'
import type { Person } from '../fixtures/client.ts'
import { createToken } from '../fixtures/echo-listener.ts'
import { startSluice } from '../fixtures/sluice.ts'
import { addMember } from '../fixtures/members.ts'

const ANSWER = [{ answer: { set: { ok: true } } }]
const flowOf = (name: string, tasks: readonly object[] = ANSWER): object => ({
  document: { dsl: '1.0.3', namespace: 'test', name, version: '1.0.0' },
  do: tasks
})

t.test('what one account or listener can hold', async (t) => {
  const { client, services, url } = await startSluice(t)
  const { pool } = services.database
  const [ada, bob] = [await client.signUp('Ada'), await client.signUp('Bob')]
  const as = ada.session
  let names = 0

  async function createListener(
    owner: Person,
    settings: object,
    tasks = ANSWER as readonly object[]
  ): Promise<{ id: string; path: string }> {
    const base = `/v1/workspaces/${owner.workspaceId}`
    const flow = await client.call('POST', `${base}/flows`, { as: owner.session, body: flowOf(`f-${++names}`, tasks) })
    t.equal(flow.status, 201, flow.text)
    const body = { name: 'listener', flowId: flow.json.id, ...settings }
    const made = await client.call('POST', `${base}/listeners`, { as: owner.session, body })
    t.equal(made.status, 201, made.text)
    return { id: made.json.id, path: `/v1/dynamic/listener/${made.json.id}` }
  }

  await t.test('409: versions of a flow', async (t) => {
    const flows = `/v1/workspaces/${ada.workspaceId}/flows`
    const flow = await client.call('POST', flows, { as, body: flowOf('versions') })
    const save = () => client.call('PUT', `/v1/flows/${flow.json.id}`, { as, body: flowOf('versions') })
    const setLatest = (version: number) =>
      pool.query('update flow set latest_version = $2 where id = $1', [flow.json.id, version])
    await setLatest(WORKSPACE_LIMITS.versionsOfFlow - 1)
    t.equal((await save()).json.latestVersion, WORKSPACE_LIMITS.versionsOfFlow)
    t.match((await save()).json, { status: 409, code: 'conflict', detail: /at most 1000 versions/ })
  })

  await t.test('409: live tokens of an account; ended ones do not count', async (t) => {
    const { id } = await createToken(t, client, ada)
    await pool.query(
      `insert into token (id, account_id, name, format, digest, start, workspace_ids, listener_ids, allowed_ips,
                          created_at, revoked_at)
       select 'tok_' || n, $1, 'n' || n, 'opaque', decode(md5('t' || n), 'hex'), 'x', '{}', '{}', '{}', now(),
              case when n > $2 then now() end
         from generate_series(1, $2 + 10) n`,
      [ada.id, LIVE_TOKENS_MAX - 2]
    )
    const create = (name: string) =>
      client.call('POST', '/v1/tokens', { as, body: { name, days: 1, password: ada.password } })
    t.equal((await create('the last')).status, 201)
    t.match((await create('one more')).json, { status: 409, code: 'conflict', detail: /at most 10000 live tokens/ })
    const rotate = (overlapSeconds: number) =>
      client.call('POST', `/v1/tokens/${id}/rotate`, { as, body: { password: ada.password, overlapSeconds } })
    t.equal((await rotate(60)).status, 409, 'an overlap would make one more')
    t.equal((await rotate(0)).status, 201)
  })

  await t.test(
    '429 with Retry-After: event streams of a principal, of runs and feeds; others have theirs',
    async (t) => {
      const listener = await createListener(ada, { mode: 'async' }, [{ wait: { wait: { hours: 1 } } }])
      const { runId } = (await client.call('POST', listener.path, { as: ada, body: {} })).json
      await addMember(client, ada, bob, 'viewer')
      const path = `/v1/runs/${runId}/events`
      const feed = `/v1/workspaces/${ada.workspaceId}/feed`
      const open = (session: string, address = path) =>
        new Promise<number | undefined>((resolve, reject) => {
          const request = get(url + address, { headers: { Authorization: `Bearer ${session}` } }, (response) => {
            t.teardown(() => request.destroy())
            resolve(response.statusCode)
          })
          request.on('error', reject)
        })
      const opened = await Promise.all(
        Array.from({ length: EVENT_STREAMS_OF_PRINCIPAL }, (_, index) => open(as, index % 2 === 0 ? path : feed))
      )
      t.ok(opened.every((status) => status === 200))
      const refused = await client.call('GET', path, { as })
      t.match(refused.json, { status: 429, code: 'rate_limited' })
      t.match(refused.headers, { 'retry-after': '5' })
      t.equal(await open(bob.session), 200)
    }
  )

  await t.test('Prefer: respond-async counts where the listener allows it to this caller', async (t) => {
    const { id, path } = await createListener(bob, { auth: { anonymous: true } })
    const listener = () => client.call('GET', `/v1/listeners/${id}`, { as: bob.session })
    t.equal((await listener()).json.allowAsync, null)
    const headers = { Prefer: 'respond-async' }
    const statuses = async (): Promise<number[]> => [
      (await client.call('POST', path, { headers, body: {} })).status,
      (await client.call('POST', path, { as: bob, headers, body: {} })).status
    ]
    t.same(await statuses(), [200, 202], 'by default to callers with a credential')
    for (const [allowAsync, expected] of [
      [true, [202, 202]],
      [false, [200, 200]],
      [null, [200, 202]]
    ] as const) {
      const changed = await client.call('PATCH', `/v1/listeners/${id}`, { as: bob.session, body: { allowAsync } })
      t.equal(changed.json.allowAsync, allowAsync)
      t.same(await statuses(), expected, `allowAsync: ${allowAsync}`)
    }
    const ignored = await client.call('POST', path, { headers, body: {} })
    t.notOk(ignored.headers['preference-applied'])
    const made = await createListener(bob, { allowAsync: false, mode: 'async' })
    t.equal((await client.call('POST', made.path, { as: bob, body: {} })).status, 202, 'mode: async stays as it is')
  })
})
