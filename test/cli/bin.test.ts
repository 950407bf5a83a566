import { spawn } from 'node:child_process'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import t from 'tap'

const ROOT = path.join(import.meta.dirname, '../..')
const BIN = path.join(ROOT, 'bin/sluice.mjs')
const TOKEN = 'slc_0000000000000000000000000000000000000000000000000000002DkqMR'
const cache = await mkdtemp(path.join(tmpdir(), 'sluice-npm-'))
t.teardown(() => rm(cache, { recursive: true, force: true }))

function run(
  command: string,
  args: readonly string[],
  cwd: string
): Promise<{ code: number | null; out: string; err: string }> {
  // A cache of its own, and no network: what npm needs is here.
  const env = {
    ...process.env,
    npm_config_cache: cache,
    npm_config_offline: 'true',
    npm_config_update_notifier: 'false'
  }
  return new Promise((resolve, reject) => {
    // Without the loaders of the test runner.
    const child = spawn('env', ['-u', 'NODE_OPTIONS', command, ...args], {
      cwd,
      env,
      stdio: ['ignore', 'pipe', 'pipe']
    })
    const chunks: { out: string; err: string } = { out: '', err: '' }
    child.stdout.on('data', (chunk) => {
      chunks.out += String(chunk)
    })
    child.stderr.on('data', (chunk) => {
      chunks.err += String(chunk)
    })
    child.once('error', reject)
    child.once('close', (code) => resolve({ code, ...chunks }))
  })
}

t.test('1: npx sluice, in a clone, finds a token', async (t) => {
  const { code, out, err } = await run(
    'npx',
    ['--yes', 'sluice', '--json', 'scan', t.testdir({ 'leaked.txt': TOKEN })],
    ROOT
  )
  t.equal(code, 1, err)
  t.match(JSON.parse(out), { line: 1, column: 1, kind: 'token', verified: 'checksum' })
})

t.test('1: an older Node is told what is needed', async (t) => {
  const older =
    'data:text/javascript,Object.defineProperty(process, "versions", { value: { ...process.versions, node: ' +
    '"20.20.2" } })'
  const { code, out, err } = await run(process.execPath, ['--import', older, BIN, '--help'], ROOT)
  t.equal(code, 1)
  t.equal(out, '')
  t.match(err, /^sluice needs Node 24 or newer, and this is 20\.20\.2 /)
})

t.test('0: asked for help, it says how to use it', async (t) => {
  const { code, out } = await run(process.execPath, [BIN, '--help'], ROOT)
  t.equal(code, 0)
  t.match(out, /Usage: sluice/)
})
