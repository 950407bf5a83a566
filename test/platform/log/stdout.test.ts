import { randomBytes } from 'node:crypto'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { openSync, closeSync, readFileSync } from 'node:fs'
import path from 'node:path'
import t from 'tap'
import { reservePort } from '../../fixtures/reserve-port.ts'
import { openStandardOutput } from '../../../src/platform/log/stdout.ts'
import { testDatabase } from '../../fixtures/database.ts'
import { until } from '../../fixtures/until.ts'

/** A device on which there is never any room. */
const FULL = '/dev/full'
const WRITTEN_MS = 30_000
const STARTED_MS = 60_000
const noDevice = process.platform !== 'linux' && 'only Linux has a device that is always full'

t.test('lines come out whole and in order, the last ones before the process ends', async (t) => {
  const file = path.join(t.testdir({ log: '' }), 'log')
  const fd = openSync(file, 'a')
  t.teardown(() => closeSync(fd))
  const output = openStandardOutput({ fd })
  const lines = Array.from({ length: 5_000 }, (_, index) => `line ${index} ünï\n`)
  for (const line of lines.slice(0, -1)) output.write(line)
  await until(async () => readFileSync(file, 'utf8').length > 16_000, WRITTEN_MS, 'a chunk is written')
  output.write(lines.at(-1) ?? '')
  output.flushSync()
  await until(async () => readFileSync(file, 'utf8').length >= lines.join('').length, WRITTEN_MS, 'the rest is written')
  t.equal(readFileSync(file, 'utf8'), lines.join(''))
})

t.test(
  'a target that is full stops nothing: lines wait to a bound, it is told once, and the last flush ends',
  { skip: noDevice },
  async (t) => {
    const fd = openSync(FULL, 'w')
    t.teardown(() => closeSync(fd))
    const told: unknown[] = []
    const output = openStandardOutput({ fd, onChange: (change) => told.push(change) })
    for (let count = 0; count < 1_000; count++) output.write(`${'x'.repeat(9_999)}\n`)
    await until(async () => told.length > 0, WRITTEN_MS, 'it is told')
    output.flushSync()
    t.match(told, [{ failing: true, error: { code: 'ENOSPC' } }])
  }
)

t.test(
  'a gateway whose log is full starts, makes a token with its line in the audit log, and stops',
  { skip: noDevice },
  async (t) => {
    const { url } = await testDatabase(t)
    const port = await reservePort()
    const fd = openSync(FULL, 'w')
    const password = 'a long pass phrase'
    const child = spawn(process.execPath, [path.join(import.meta.dirname, '../../../src/main.ts')], {
      cwd: t.testdir(),
      stdio: ['ignore', fd, 'pipe'],
      env: {
        DATABASE_URL: url,
        PORT: String(port),
        SLUICE_KEYS: `k:${randomBytes(32).toString('base64')}`,
        ADMIN_EMAIL: 'ada@example.com',
        ADMIN_PASSWORD: password
      }
    })
    closeSync(fd)
    let said = ''
    child.stderr?.on('data', (chunk) => {
      said += String(chunk)
    })
    const exited = once(child, 'exit')
    t.teardown(() => {
      child.kill('SIGKILL')
    })
    const base = `http://127.0.0.1:${port}`
    await until(
      async () => (await fetch(`${base}/healthz`).catch(() => undefined))?.ok === true,
      STARTED_MS,
      'the gateway answers'
    )
    const made = await fetch(`${base}/v1/tokens`, {
      method: 'POST',
      headers: {
        Authorization: `Basic ${Buffer.from(`ada@example.com:${password}`).toString('base64')}`,
        'Content-Type': 'application/json'
      },
      body: JSON.stringify({ name: 'unlogged', days: 1, password })
    })
    t.equal(made.status, 201, await made.text())
    const audit = await fetch(`${base}/v1/admin/audit?action=token.created`, {
      headers: { Authorization: `Basic ${Buffer.from(`ada@example.com:${password}`).toString('base64')}` }
    })
    t.equal(((await audit.json()) as { items: unknown[] }).items.length, 1)
    t.match(said, /^The log cannot be written \(ENOSPC/)
    child.kill('SIGTERM')
    t.same(await exited, [0, null], said)
  }
)
