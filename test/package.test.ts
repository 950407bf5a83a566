import { execFile, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdir, mkdtemp, readdir, rename, rm, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { promisify } from 'node:util'
import t from 'tap'
import { reservePort } from './fixtures/reserve-port.ts'
import { outsideRunner, outsideTests, pack } from './fixtures/packed.ts'

const TOKEN = 'slc_0000000000000000000000000000000000000000000000000000002DkqMR'
/** Bounds, so that nobody packs a folder by mistake. Today it is 2.5 and 5.7 MB. */
const MAX_BYTES = 4_000_000
const MAX_UNPACKED_BYTES = 10_000_000
/** Everything that a package may have. */
const CONTENTS = [
  /^(?:package\.json|README\.md|CHANGELOG\.md|SECURITY\.md|LICENSE)$/,
  /^bin\/sluice\.mjs$/,
  /^dist\/console\/(?:index\.html|\.vite\/manifest\.json|assets\/[\w.-]+)$/,
  /^dist\/client\/[\w.-]+$/,
  /^dist\/(?!console\/)[\w./-]+\.js$/,
  /^prisma\/migrations\/(?:migration_lock\.toml|\d{14}_\w+\/[\w.-]+)$/,
  /^src\/sdk\/[\w.-]+$/
]

const runFile = promisify(execFile)

function run(command: string, args: string[], options: { cwd?: string; env: NodeJS.ProcessEnv }) {
  return runFile(...outsideRunner(command, ...args), options)
}

const { tarball, files, size, unpackedSize } = await pack(t)

// The packages come from npm's cache where it has them; what npx installs is removed with this folder.
const home = await mkdtemp(path.join(tmpdir(), 'sluice-package-'))
t.teardown(() => rm(home, { recursive: true, force: true, maxRetries: 5 }))
const { stdout: cache } = await run('npm', ['config', 'get', 'cache'], { env: outsideTests() })
await mkdir(path.join(cache.trim(), '_cacache'), { recursive: true })
await mkdir(path.join(home, 'npm'))
await symlink(path.join(cache.trim(), '_cacache'), path.join(home, 'npm/_cacache'))
const env = {
  ...outsideTests(),
  npm_config_cache: path.join(home, 'npm'),
  npm_config_prefer_offline: 'true',
  npm_config_update_notifier: 'false'
}

t.test('the package has what the gateway runs on, and nothing of the tests or of this checkout', async (t) => {
  t.same(
    files.map((file) => file.path).filter((file) => !CONTENTS.some((pattern) => pattern.test(file))),
    []
  )
  for (const needed of ['dist/main.js', 'dist/platform/db/generated/client.js', 'dist/console/index.html'])
    t.ok(
      files.some((file) => file.path === needed),
      needed
    )
  t.comment(`${files.length} files, ${size} bytes, ${unpackedSize} unpacked`)
  t.ok(size < MAX_BYTES && unpackedSize < MAX_UNPACKED_BYTES, `${size} bytes, ${unpackedSize} unpacked`)
})

t.test('npx <tarball> start, in an empty folder, runs the gateway with its database and console', async (t) => {
  const folder = path.join(home, 'empty')
  await mkdir(folder)
  const port = await reservePort()
  const startedAt = Date.now()
  const child = spawn(...outsideRunner('npx', '--yes', `file:${tarball}`, 'start'), {
    cwd: folder,
    env: { ...env, PORT: String(port) },
    stdio: ['ignore', 'pipe', 'pipe'],
    detached: true
  })
  const ended = once(child, 'exit')
  t.teardown(() => {
    if (child.exitCode === null && child.signalCode === null && child.pid) process.kill(-child.pid, 'SIGKILL')
  })
  let said = ''
  await new Promise<void>((resolve, reject) => {
    for (const stream of [child.stdout, child.stderr])
      stream.on('data', (chunk) => {
        said += String(chunk)
        if (/Sluice is ready[^]*\n\n$/.test(said)) resolve()
      })
    void ended.then(([code]) => reject(new Error(`it ended with ${code}\n${said}`)))
  })
  t.comment(`ready after ${Math.round((Date.now() - startedAt) / 100) / 10} s, packages included`)

  const url = `http://127.0.0.1:${port}`
  t.match(await (await fetch(`${url}/console/`)).text(), /<script type="module"/)
  const lines = said.slice(said.indexOf('ME='))
  const { stdout } = await run('bash', ['-c', lines], { env })
  t.match(stdout, /"availability":"in stock"/, 'the printed lines work')

  if (child.pid) process.kill(-child.pid, 'SIGINT')
  await ended
  await t.rejects(fetch(`${url}/healthz`), 'nothing is left listening')
})

t.test('npx sluice, where it is installed, runs its other commands', async (t) => {
  const folder = path.join(home, 'user')
  // What npx installed before is a project with the package, as `npm install` makes it.
  const [installed = ''] = await readdir(path.join(home, 'npm/_npx'))
  await rename(path.join(home, 'npm/_npx', installed), folder)
  await writeFile(path.join(folder, 'leaked.txt'), TOKEN)
  const scan = await run('npx', ['--no-install', 'sluice', '--json', 'scan', 'leaked.txt'], { cwd: folder, env }).catch(
    (error: { code: number; stdout: string }) => error
  )
  t.match(JSON.parse(scan.stdout), { kind: 'token', verified: 'checksum' })

  await writeFile(path.join(folder, '.env'), 'DATA_DIR=mine\n')
  const sluice = (...args: string[]) => run('npx', ['--no-install', 'sluice', ...args], { cwd: folder, env })
  t.match((await sluice('migrate')).stdout, /^Applied \d{14}_init, /m, 'migrate reads .env')
  t.equal((await sluice('migrate')).stdout, 'The database is up to date.\n')
  const reset = await sluice('admin', 'reset', 'nobody@example.com').catch((error: { stderr: string }) => error)
  t.equal(reset.stderr, 'No account has this e-mail.\n')
})
