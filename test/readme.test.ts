import { execFile, spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import { mkdtemp, readdir, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { promisify } from 'node:util'
import t, { type Test } from 'tap'
import { reservePort } from './fixtures/reserve-port.ts'

const root = new URL('..', import.meta.url).pathname
const readme = readFileSync(path.join(root, 'README.md'), 'utf8')
const run = promisify(execFile)

t.test('the commands of the README are in package.json, and CI runs the tests', async (t) => {
  const { scripts } = JSON.parse(readFileSync(path.join(root, 'package.json'), 'utf8')) as {
    scripts: Record<string, string>
  }
  for (const [, name] of readme.matchAll(/`?npm (?:run )?(start|test|[a-z]+(?::[a-z]+)*)\b/g))
    if (name !== 'and') t.ok(scripts[name ?? ''], `npm ${name}`)
  t.match(readFileSync(path.join(root, '.ci/run'), 'utf8'), /^if ! npm test /m)
})

interface Started {
  child: ChildProcess
  output: string
}

/** Runs `npm start` as a new user would, with its own data folder and port, and waits for the banner. */
async function npmStart(t: Test, dataDir: string, port: number): Promise<Started> {
  const { DATABASE_URL: _, ...env } = process.env
  const child = spawn('npm', ['start', '--silent'], {
    cwd: root,
    env: { ...env, DATA_DIR: dataDir, PORT: String(port) },
    stdio: ['ignore', 'pipe', 'inherit'],
    detached: true
  })
  t.teardown(() => {
    if (child.exitCode === null && child.signalCode === null && child.pid) process.kill(-child.pid, 'SIGKILL')
  })
  const started: Started = { child, output: '' }
  await new Promise<void>((resolve, reject) => {
    child.stdout?.on('data', (chunk) => {
      started.output += String(chunk)
      if (/Sluice is ready[^]*\n\n$/.test(started.output)) resolve()
    })
    child.once('exit', (code) => reject(new Error(`npm start ended with ${code}\n${started.output}`)))
  })
  child.removeAllListeners('exit')
  return started
}

/** Signals the whole process group, like Ctrl-C. npm exits by the signal after the server has stopped. */
async function stop({ child }: Started): Promise<void> {
  const exited = once(child, 'exit')
  if (child.pid) process.kill(-child.pid, 'SIGINT')
  await exited
}

/** The files that a database leaves if it was not stopped. */
async function postmasterFiles(folder: string): Promise<string[]> {
  return (await readdir(folder, { recursive: true })).filter((name) => name.endsWith('postmaster.pid'))
}

t.test('npm start: the printed commands and those of the README work, and a restart loses nothing', async (t) => {
  const dataDir = await mkdtemp(path.join(tmpdir(), 'sluice-start-'))
  t.teardown(() => rm(dataDir, { recursive: true, force: true }))
  const port = await reservePort()
  const url = `http://127.0.0.1:${port}`

  const first = await npmStart(t, dataDir, port)
  t.equal((await fetch(`${url}/readyz`)).status, 200)
  const lines = first.output
    .slice(first.output.indexOf('# Try it'))
    .split('\n')
    .filter((line) => !line.startsWith('{'))
  const pasted = await run('bash', ['-c', lines.join('\n')])
  const answers = pasted.stdout
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as Record<string, unknown>)
  t.match(answers, [
    {
      sku: 'A-100',
      name: 'Café table',
      quantity: 1,
      total: { amount: 129.5, currency: 'EUR' },
      availability: 'in stock'
    },
    { sku: 'A-100', availability: 'in stock' },
    { sku: 'A-100', quantity: 20, availability: 'on order' },
    { status: 401, code: 'invalid_token' }
  ])

  const [, email, password] = /shown this once: {2}(\S+) {2}(\S+)/.exec(first.output) ?? []
  const env: Record<string, string> = {
    ...(process.env as Record<string, string>),
    URL: url,
    ME: `${email}:${password}`,
    PASSWORD: String(password),
    LISTENER: /listener\/(lsn_\w+)/.exec(first.output)?.[1] ?? ''
  }
  for (const [, command, json] of readme.matchAll(/```sh\n(curl[^]*?)```(?:\n+```json\n([^]*?)```)?/g)) {
    const { stdout } = await run('bash', ['-c', command ?? ''], { env })
    if (!json) continue
    const answer = JSON.parse(stdout) as Record<string, unknown>
    for (const [name, shown] of Object.entries(JSON.parse(json) as Record<string, unknown>)) {
      if (typeof shown === 'string' && shown.endsWith('…'))
        t.match(answer[name], new RegExp(`^${shown.slice(0, -1)}`), name)
      else t.same(answer[name], shown, name)
    }
    if (typeof answer.token === 'string') Object.assign(env, { TOKEN: answer.token, ID: answer.id })
  }
  t.equal(
    (
      await fetch(`${url}/v1/dynamic/listener/${env.LISTENER}?sku=A-100`, {
        headers: { Authorization: `Bearer ${env.TOKEN}` }
      })
    ).status,
    401,
    'the README revoked its token'
  )
  const code = /console\/welcome#([\w-]{43})/.exec(first.output)?.[1]
  const once = () =>
    fetch(`${url}/v1/sessions/once`, {
      method: 'POST',
      headers: { 'Content-Type': 'application/json' },
      body: JSON.stringify({ code })
    })
  t.same([(await once()).status, (await once()).status], [201, 401], 'the printed link signs in once')
  t.equal((await postmasterFiles(dataDir)).length, 1)
  await stop(first)
  t.same(await postmasterFiles(dataDir), [], 'the database was stopped too')

  const second = await npmStart(t, dataDir, port)
  t.notMatch(second.output, /shown this once|welcome#/)
  const again = await fetch(`${url}/v1/dynamic/listener/${env.LISTENER}?sku=B-300`, {
    headers: { Authorization: `Basic ${Buffer.from(env.ME ?? '').toString('base64')}` }
  })
  t.equal(again.status, 200)
  t.match(await again.json(), { name: 'Parasol, 3 m' })
  await stop(second)
})
