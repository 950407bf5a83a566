import { execFile } from 'node:child_process'
import { mkdtemp, readFile, rm, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { promisify } from 'node:util'
import t from 'tap'
import { signingWorkspace } from '../fixtures/customer-token.ts'
import { startSluice } from '../fixtures/sluice.ts'

const ROOT = path.join(import.meta.dirname, '../..')
const RUN_WITHIN_MS = 90_000
const run = promisify(execFile)

/** How each language is asked for, and how a file of it is run. */
const RUNNERS: Record<string, { file: string; available: [string, string[]]; command: [string, string[]] }> = {
  'node-jsonwebtoken': {
    file: 'sign.mjs',
    available: [process.execPath, ['--version']],
    command: [process.execPath, ['sign.mjs']]
  },
  'node-jose': {
    file: 'sign.mjs',
    available: [process.execPath, ['--version']],
    command: [process.execPath, ['sign.mjs']]
  },
  // The system's own: a Python of another kind does not see Debian's packages.
  python: {
    file: 'sign.py',
    available: ['/usr/bin/python3', ['-c', 'import jwt']],
    command: ['/usr/bin/python3', ['sign.py']]
  },
  ruby: { file: 'sign.rb', available: ['ruby', ['-rjwt', '-e', '']], command: ['ruby', ['sign.rb']] },
  php: { file: 'sign.php', available: ['php', ['--version']], command: ['php', ['sign.php']] },
  go: { file: 'sign.go', available: ['go', ['version']], command: ['go', ['run', 'sign.go']] },
  java: { file: 'Sign.java', available: ['java', ['--version']], command: ['java', ['Sign.java']] }
}

const document = await readFile(path.join(ROOT, 'docs/customers.md'), 'utf8')
const blocks = [...document.matchAll(/^```\w+\n(.*?)^```/gms)].map((match) => match[1] ?? '')
const samples = new Map(
  blocks.flatMap((text) => {
    const name = /sample: ([\w-]+)/.exec(text)?.[1]
    return name === undefined ? [] : [[name, text]]
  })
)
const folder = await mkdtemp(path.join(tmpdir(), 'sluice-samples-'))
t.teardown(() => rm(folder, { recursive: true }))
await symlink(path.join(ROOT, 'node_modules'), path.join(folder, 'node_modules'))
const { client } = await startSluice(t)
const workspace = await signingWorkspace(client, await client.signUp('Ada'))

const env = {
  ...process.env,
  WORKSPACE_KEY: workspace.key,
  WORKSPACE_SECRET: workspace.secret,
  GOCACHE: path.join(tmpdir(), 'sluice-go-cache'),
  GO111MODULE: 'off'
}
const installed = new Set<string>()
for (const [
  name,
  {
    available: [program, programArguments]
  }
] of Object.entries(RUNNERS)) {
  await run(program, programArguments).then(
    () => installed.add(name),
    () => undefined
  )
}

t.test('there is a sample for each language, and a way to run it', async (t) =>
  t.strictSame([...samples.keys()].sort(), Object.keys(RUNNERS).sort())
)

for (const [
  name,
  {
    file,
    command: [program, programArguments]
  }
] of Object.entries(RUNNERS)) {
  t.test(
    `200: what the sample ${name} signs`,
    { skip: !installed.has(name) && !process.env.CI && `${name} is not installed here; it runs where CI is set` },
    async (t) => {
      await writeFile(path.join(folder, file), samples.get(name) ?? '')
      // Without what the test runner adds to every Node process.
      const { stdout } = await run('env', ['-u', 'NODE_OPTIONS', program, ...programArguments], {
        cwd: folder,
        env,
        timeout: RUN_WITHIN_MS
      })
      const answer = await client.call('GET', '/v1/self', { as: stdout.trim() })
      t.equal(answer.status, 200, answer.text)
      t.match(answer.json, {
        id: 'user-4711',
        name: 'Grace Hopper',
        fields: { plan: 'pro' },
        workspaceKey: workspace.key
      })
    }
  )
}
