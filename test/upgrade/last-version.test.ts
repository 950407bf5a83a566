import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { cp, mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import pg from 'pg'
import t from 'tap'
import { MIGRATIONS_FOLDER } from '../../src/platform/db/migrate.ts'
import { type Client, createClient } from '../fixtures/client.ts'
import { emptyDatabase } from '../fixtures/database.ts'
import { createEchoListener, createToken } from '../fixtures/echo-listener.ts'
import { startGatewayProcess } from '../fixtures/gateway-process.ts'
import { bareEnvironment, checkOut, findLastVersion } from '../../scripts/last-version.ts'
import { until } from '../fixtures/until.ts'

// The oldest version that the migrations let run, as it is in the history: what it does on the schema of today, and
// beside a process of today.

/** Its own tests of what it does while newer processes run: calls, tokens, usage, lists, durable runs. */
const TESTS = [
  'test/listeners/listeners.test.ts',
  'test/tokens/tokens.test.ts',
  'test/tokens/usage/usage.test.ts',
  'test/requests/requests.test.ts',
  'test/runs/list.test.ts',
  'test/runs/durable/roles.test.ts'
]
const KEYS = `k1:${Buffer.from(Array.from({ length: 32 }, (_, index) => index * 7)).toString('base64')}`

const version = await findLastVersion()
const folder = await mkdtemp(path.join(tmpdir(), 'sluice-last-version-'))
t.teardown(() => rm(folder, { recursive: true, force: true }))
const obstacle = typeof version === 'string' ? version : await checkOut(version, folder)
if (obstacle !== undefined) t.comment(`the last version is not tested: ${obstacle}`)
const skip = obstacle ?? false

t.test(
  'a process of the last version goes on while the database is migrated, and starts again',
  { skip },
  async (t) => {
    const { url: DATABASE_URL } = await emptyDatabase(t)
    const environment = { DATABASE_URL, SLUICE_KEYS: KEYS, SIGNUP: 'open', DATA_DIR: path.join(folder, 'data') }
    const older = await startGatewayProcess(t, environment, folder)
    const atOlder = createClient(older.url)
    const owner = await atOlder.signUp('Ada')
    const listener = await createEchoListener(t, atOlder, owner)
    const first = await createToken(t, atOlder, owner)
    const call = (client: Client, as: string): Promise<{ status: number }> =>
      client.call('POST', listener.path, { as, body: { n: 1 } })
    t.equal((await call(atOlder, first.token)).status, 200)

    let [calls, hasEnded] = [0, false]
    const failed: unknown[] = []
    const calling = (async () => {
      while (!hasEnded) {
        const { status } = await call(atOlder, calls % 5 === 4 ? 'slc_unknown' : first.token)
        if (status !== (calls % 5 === 4 ? 401 : 200)) failed.push(status)
        calls++
      }
    })()
    const newer = await startGatewayProcess(t, environment)
    const atNewer = createClient(newer.url)
    const soFar = calls
    await until(async () => calls > soFar + 50, 30_000, 'calls after the migration')
    hasEnded = true
    await calling
    t.same(failed, [], `${calls} calls of the older process, ${soFar} until the newer one had migrated and started`)

    await t.test('what one makes works at the other, and what one takes back is refused by the other', async (t) => {
      for (const [maker, other] of [
        [atOlder, atNewer],
        [atNewer, atOlder]
      ] as const) {
        const { id, token } = await createToken(t, maker, owner)
        t.equal((await call(maker, token)).status, 200)
        t.equal((await call(other, token)).status, 200)
        t.equal((await maker.call('DELETE', `/v1/tokens/${id}`, { as: owner.session })).status, 204)
        await until(async () => (await call(other, token)).status === 401, 30_000, 'the revocation')
        const counted = async (client: Client): Promise<number> =>
          (await client.call('GET', `/v1/tokens/${id}/usage`, { as: owner.session })).json.days[0]?.calls ?? 0
        await until(async () => (await counted(other)) >= 3, 30_000, 'both count the same token')
        await until(async () => (await counted(maker)) === (await counted(other)), 30_000, 'and read the same')
      }
      const made: unknown[] = []
      for (const client of [atOlder, atNewer])
        made.push((await client.call('POST', listener.path, { as: first.token, body: {} })).headers['sluice-run-id'])
      const lists = (client: Client) => async (): Promise<boolean> => {
        const { json } = await client.call('GET', '/v1/runs?limit=10', { as: owner.session })
        return made.every((runId) => json.items.some((run: { id: string }) => run.id === runId))
      }
      await until(lists(atOlder), 30_000, 'the older one lists the runs of both')
      await until(lists(atNewer), 30_000, 'the newer one lists the runs of both')
      const refused = await atNewer.call('GET', '/v1/requests?outcome=refused&limit=100', { as: owner.session })
      const tokens = new Set(
        refused.json.items.map(({ credential }: { credential: { tokenId?: string } }) => credential.tokenId)
      )
      t.ok(tokens.size >= 2, 'the newer one lists what both refused')
    })

    await t.test('the older one stops, starts on the newer schema and answers', async (t) => {
      t.same(await older.stop(), [0, null])
      const again = await startGatewayProcess(t, environment, folder)
      const client = createClient(again.url)
      t.equal((await call(client, first.token)).status, 200)
      t.equal((await client.call('GET', '/readyz')).json.status, 'ready')
      t.same(await again.stop(), [0, null])
    })

    const db = new pg.Client({ connectionString: DATABASE_URL })
    await db.connect()
    const { rows } = await db.query(`select count(*)::int as failed from _prisma_migrations where finished_at is null`)
    await db.end()
    t.same(rows, [{ failed: 0 }])
  }
)

t.test('the tests of the last version pass on the schema of today', { skip }, async (t) => {
  const migrations = path.join(folder, 'prisma/migrations')
  await rm(migrations, { recursive: true })
  await cp(MIGRATIONS_FOLDER, migrations, { recursive: true })
  const child = spawn(process.execPath, ['node_modules/tap/dist/esm/run.mjs', '--jobs=1', '--reporter=tap', ...TESTS], {
    cwd: folder,
    env: bareEnvironment(),
    stdio: ['ignore', 'pipe', 'pipe']
  })
  let output = ''
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk: Buffer) => (output += chunk.toString()))
  const [code] = await once(child, 'close')
  const failed = output.match(/^ *not ok .*/gm) ?? []
  t.same(failed, [])
  const passed = output.match(/^ok \d+ - test\/.*/gm) ?? []
  t.equal(passed.length, TESTS.length, `each of the files ran: ${passed.join(', ')}`)
  t.equal(code, 0, output.slice(-2_000))
})
