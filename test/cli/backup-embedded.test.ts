import { execFile } from 'node:child_process'
import { stat } from 'node:fs/promises'
import path from 'node:path'
import { promisify } from 'node:util'
import t from 'tap'
import { startGatewayProcess } from '../fixtures/gateway-process.ts'

// A gateway with the embedded database, as an operator starts it, backs it up and brings it back on another machine.

const ROOT = path.join(import.meta.dirname, '../..')
const BACKUP_KEY = 'a key of this test, long enough'

/** The command, as a program of its own. */
async function sluice(dataDir: string, ...args: string[]): Promise<{ code: number; stdout: string; stderr: string }> {
  const run = promisify(execFile)(process.execPath, [path.join(ROOT, 'bin/sluice.mjs'), ...args], {
    cwd: ROOT,
    env: {
      PATH: process.env['PATH'],
      NODE_ENV: 'production',
      DATA_DIR: dataDir,
      SLUICE_BACKUP_KEY: BACKUP_KEY
    }
  })
  return run.then(
    (said) => ({ code: 0, ...said }),
    (error: { code: number; stdout: string; stderr: string }) => error
  )
}

t.test('backed up while it serves, restored elsewhere, it answers a token from before', async (t) => {
  const folder = t.testdir({ first: {}, second: {} })
  const [first, second] = [path.join(folder, 'first'), path.join(folder, 'second')]
  const file = path.join(folder, 'sluice.backup')
  const running = await startGatewayProcess(t, { DATA_DIR: first })
  const password = /Admin, shown this once: {2}\S+ {2}(\S+)/.exec(running.stdout())?.[1] ?? ''
  const listener = /\/v1\/dynamic\/listener\/lsn_\w+/.exec(running.stdout())?.[0] ?? ''
  const made = await fetch(`${running.url}/v1/tokens`, {
    method: 'POST',
    headers: {
      Authorization: `Basic ${Buffer.from(`admin@sluice.local:${password}`).toString('base64')}`,
      'Content-Type': 'application/json'
    },
    body: JSON.stringify({ name: 'before', days: 1, password })
  })
  const { token } = (await made.json()) as { token: string }
  const call = async (url: string): Promise<number> =>
    (await fetch(`${url}${listener}?sku=A-100`, { headers: { Authorization: `Bearer ${token}` } })).status

  const backup = await sluice(first, 'backup', file)
  t.equal(backup.code, 0, backup.stderr)
  t.equal(await call(running.url), 200, 'the gateway was left alone')
  await running.stop()

  t.match(await sluice(second, 'backup', path.join(folder, 'none')), { code: 1, stderr: /There is no database in / })
  const done = await sluice(second, 'restore', file)
  t.equal(done.code, 0, done.stderr)
  t.equal((await stat(path.join(second, 'keys'))).mode & 0o777, 0o600)
  const restored = await startGatewayProcess(t, { DATA_DIR: second })
  t.equal(await call(restored.url), 200)
  t.notMatch(restored.stdout(), /shown this once/, 'the accounts are those of the backup')
  const refused = await sluice(second, 'restore', file)
  t.match(refused, { code: 1, stderr: /^Another process \(\d+\) uses the database in / })
  await restored.stop()

  const offline = path.join(folder, 'offline.backup')
  t.equal((await sluice(second, 'backup', offline)).code, 0, 'also without a gateway')
  t.match(await sluice(second, 'restore', offline), { code: 1, stderr: /^The database is not empty/ })
})
