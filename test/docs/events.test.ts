import { spawn } from 'node:child_process'
import { mkdtemp, readFile, rm, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import t from 'tap'
import { reservePort } from '../fixtures/reserve-port.ts'
import { startSluice } from '../fixtures/sluice.ts'
import { until } from '../fixtures/until.ts'

const ROOT = path.join(import.meta.dirname, '../..')
const document = await readFile(path.join(ROOT, 'docs/events.md'), 'utf8')
const blocks = (language: string) =>
  [...document.matchAll(new RegExp(`^\`\`\`${language}\\n(.*?)^\`\`\``, 'gms'))].map((match) => match[1] ?? '')

t.test('the receiver of the page accepts what sinks receive, and the calls of the page are accepted', async (t) => {
  const port = await reservePort()
  const { client, services } = await startSluice(t, { egressAllow: [`127.0.0.1:${port}`] })
  const ada = await client.signUp('Ada')
  const ids: Record<string, string> = { workspaceId: ada.workspaceId }
  const answers = []
  for (const block of blocks('http')) {
    const [head = '', ...body] = block.split('\n')
    const [method = '', pattern = ''] = head.split(' ')
    const answer = await client.call(
      method,
      pattern.replace(/:(\w+)/g, (_, name: string) => ids[name] ?? ''),
      {
        as: ada.session,
        body: JSON.parse(body.join('\n'))
      }
    )
    t.ok(answer.status < 300, `${head}: ${answer.text}`)
    ids['sinkId'] ??= answer.json.id
    answers.push(answer.json)
  }
  t.ok(answers.length >= 2)
  const secret = answers.findLast((answer) => answer.secret).secret
  await client.call('PATCH', `/v1/workspaces/${ada.workspaceId}/sinks/${ids['sinkId']}`, {
    as: ada.session,
    body: { url: `http://127.0.0.1:${port}/` }
  })

  const folder = await mkdtemp(path.join(tmpdir(), 'sluice-receiver-'))
  t.teardown(() => rm(folder, { recursive: true }))
  await symlink(path.join(ROOT, 'node_modules'), path.join(folder, 'node_modules'))
  const [receiver = ''] = blocks('js').filter((block) => block.includes('sample: receiver'))
  await writeFile(path.join(folder, 'receiver.mjs'), receiver)
  const child = spawn(process.execPath, ['receiver.mjs'], {
    cwd: folder,
    env: { ...process.env, PORT: String(port), SINK_SECRET: secret },
    stdio: ['ignore', 'pipe', 'inherit']
  })
  t.teardown(() => child.kill('SIGKILL'))
  let output = ''
  child.stdout.on('data', (chunk: Buffer) => (output += chunk.toString()))
  await until(
    () =>
      fetch(`http://127.0.0.1:${port}/`, { method: 'POST' }).then(
        ({ status }) => status === 401,
        () => false
      ),
    60_000,
    'it listens, and refuses what is not signed'
  )
  const emit = (type: string) =>
    services.emit(
      ada.workspaceId,
      { specversion: '1.0', id: type, source: '/test', type, time: new Date().toISOString() },
      `docs/${type}`
    )
  await emit('com.example.other')
  await emit('com.example.order.placed')
  await until(async () => output.includes('com.example.order.placed'), 60_000, 'it accepts a delivery')
  t.notMatch(output, /other/)
})
