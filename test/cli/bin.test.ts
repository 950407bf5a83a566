import { spawn } from 'node:child_process'
import { cp, mkdir, mkdtemp, rm, symlink } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import t from 'tap'

const ROOT = path.join(import.meta.dirname, '../..')
const BIN = path.join(ROOT, 'bin/sluice.mjs')
const TOKEN = 'slc_0000000000000000000000000000000000000000000000000000002DkqMR'
/** What packing reads. */
const PACKED = [
  'package.json',
  'package-lock.json',
  'tsconfig.json',
  'tsconfig.build.json',
  'bin',
  'scripts',
  'src',
  'prisma'
]

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

t.test('1: npx sluice, from the package as npm packs it, runs what was built', async (t) => {
  const folder = t.testdir({ clone: {}, user: { 'leaked.txt': TOKEN, node_modules: { sluice: {} } } })
  const clone = path.join(folder, 'clone')
  const user = path.join(folder, 'user')
  const installed = path.join(user, 'node_modules/sluice')
  for (const file of PACKED) await cp(path.join(ROOT, file), path.join(clone, file), { recursive: true })
  await symlink(path.join(ROOT, 'node_modules'), path.join(clone, 'node_modules'))
  const packed = await run('npm', ['pack', '--silent'], clone)
  t.equal(packed.code, 0, packed.err)
  const unpacked = await run(
    'tar',
    ['-xzf', path.join(clone, packed.out.trim().split('\n').at(-1) ?? ''), '-C', installed, '--strip-components=1'],
    clone
  )
  t.equal(unpacked.code, 0, unpacked.err)

  // What installing it would do: its dependencies, and the name of its command.
  await symlink(path.join(ROOT, 'node_modules'), path.join(installed, 'node_modules'))
  await mkdir(path.join(user, 'node_modules/.bin'))
  await symlink('../sluice/bin/sluice.mjs', path.join(user, 'node_modules/.bin/sluice'))
  const { code, out, err } = await run('npx', ['--no-install', 'sluice', '--json', 'scan', '.'], user)
  t.equal(code, 1, err)
  t.match(JSON.parse(out), { kind: 'token', verified: 'checksum' })
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
