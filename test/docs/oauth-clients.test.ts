import { execFile } from 'node:child_process'
import { mkdtemp, readFile, rm, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { promisify } from 'node:util'
import t from 'tap'
import { createEchoListener, createToken } from '../fixtures/echo-listener.ts'
import { startSluice } from '../fixtures/sluice.ts'

const run = promisify(execFile)
const ROOT = path.join(import.meta.dirname, '../..')
const document = await readFile(path.join(ROOT, 'docs/oauth-clients.md'), 'utf8')
const samples = new Map(
  [...document.matchAll(/^```\w+\n(.*?)^```/gms)].flatMap(([, text = '']) => {
    const name = /sample: ([\w-]+)/.exec(text)?.[1]
    return name === undefined ? [] : [[name, text] as const]
  })
)

const { client, url } = await startSluice(t)

t.test('200: every sample does what the page says', async (t) => {
  const owner = await client.signUp('Ada')
  const { id, token } = await createToken(t, client, owner)
  const listener = await createEchoListener(t, client, owner)
  const folder = await mkdtemp(path.join(tmpdir(), 'sluice-oauth-'))
  t.teardown(() => rm(folder, { recursive: true }))
  await symlink(path.join(ROOT, 'node_modules'), path.join(folder, 'node_modules'))
  const options = {
    cwd: folder,
    env: { ...process.env, PUBLIC_URL: url, CLIENT_ID: id, CLIENT_SECRET: token, LISTENER_ID: listener.id }
  }
  t.strictSame([...samples.keys()].sort(), ['curl', 'node-openid-client'])

  const curl = JSON.parse((await run('sh', ['-c', samples.get('curl') ?? ''], options)).stdout)
  t.match(curl, { access_token: /^ey/, token_type: 'Bearer', expires_in: 3600 })
  t.equal((await client.call('GET', listener.path, { as: curl.access_token })).status, 200)

  await writeFile(path.join(folder, 'call.mjs'), samples.get('node-openid-client') ?? '')
  // Without what the test runner adds to every Node process.
  const { stdout } = await run('env', ['-u', 'NODE_OPTIONS', process.execPath, 'call.mjs'], options)
  t.equal(stdout.trim(), '200')
})
