import { execFile } from 'node:child_process'
import { createHmac } from 'node:crypto'
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { promisify } from 'node:util'
import t from 'tap'
import { createEchoListener } from '../fixtures/echo-listener.ts'
import { startSluice } from '../fixtures/sluice.ts'
import { SENDERS } from '../fixtures/webhook-senders.ts'

const run = promisify(execFile)
const document = await readFile(path.join(import.meta.dirname, '../../docs/signed-webhooks.md'), 'utf8')
const blocksOf = (language: string): string[] =>
  [...document.matchAll(new RegExp(`^\`\`\`${language}\\n(.*?)^\`\`\``, 'gms'))].map(([, text = '']) => text)

const { client, url, clock } = await startSluice(t)
const owner = await client.signUp('Ada')
const listeners = new Map<string, string>()

t.test('201: every example of a signature can be saved', async (t) => {
  for (const block of blocksOf('json')) {
    const { signature } = JSON.parse(block) as { signature: { preset: string; secret: string } }
    const value = SENDERS.find(({ preset }) => preset === signature.preset)?.secrets[0] ?? 'a secret of the warehouse'
    await client.call('PUT', `/v1/workspaces/${owner.workspaceId}/secrets/${signature.secret}`, {
      as: owner.session,
      body: { value }
    })
    listeners.set(signature.preset, (await createEchoListener(t, client, owner, { signature })).path)
  }
  t.strictSame(new Set(listeners.keys()), new Set([...SENDERS.map(({ preset }) => preset), 'custom']))
})

for (const { name, preset, secrets, contentType, headers } of SENDERS)
  t.test(`200: what ${name} signs`, async (t) => {
    const body = contentType.includes('json') ? '{"a":1}' : 'a=1'
    const answer = await client.call('POST', listeners.get(preset) ?? '', {
      raw: body,
      headers: { 'content-type': contentType, ...(await headers(body, secrets[0], clock.now())) }
    })
    t.equal(answer.status, 200, answer.text)
    t.match(answer.json.caller, { kind: 'signed', id: preset })
  })

t.test('200: the sample of a sender fits the custom settings', async (t) => {
  const folder = await mkdtemp(path.join(tmpdir(), 'sluice-sender-'))
  t.teardown(() => rm(folder, { recursive: true }))
  const sample = blocksOf('js').find((text) => text.includes('sample: node-sender')) ?? ''
  await writeFile(path.join(folder, 'send.mjs'), sample)
  // Without what the test runner adds to every Node process.
  const { stdout } = await run('env', ['-u', 'NODE_OPTIONS', process.execPath, 'send.mjs'], {
    cwd: folder,
    env: {
      ...process.env,
      LISTENER_URL: url + (listeners.get('custom') ?? ''),
      WAREHOUSE_SECRET: 'a secret of the warehouse'
    }
  })
  t.equal(stdout.trim(), '200')
})

t.test('the table of headers and answers says what happens', async (t) => {
  for (const { preset, header } of SENDERS)
    t.match(document.toLowerCase(), new RegExp(`\\| \`${preset}\` \\|[^|]*\`${header}\``))
  const github = listeners.get('github') ?? ''
  const [sender] = SENDERS
  const signature = createHmac('sha256', sender?.secrets[0] ?? '')
    .update('{"a":1}')
    .digest('hex')
  const call = (headers: Record<string, string>) => client.call('POST', github, { raw: '{"a":1}', headers })
  t.match(await call({}), { status: 401, json: { code: 'unauthenticated' } })
  t.match(await call({ 'x-hub-signature-256': 'sha256=00' }), { status: 401, json: { code: 'invalid_signature' } })
  // The test above sent the same.
  t.match(await call({ 'x-hub-signature-256': `sha256=${signature}` }), {
    status: 401,
    json: { code: 'signature_replayed' }
  })
})
