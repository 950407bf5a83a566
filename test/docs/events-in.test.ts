import { readFile } from 'node:fs/promises'
import t from 'tap'
import { EVENT_MAX_BYTES } from '../../src/events/emit.ts'
import { INBOX_LIMITS } from '../../src/events/inbox.ts'
import { startSluice } from '../fixtures/sluice.ts'
import { until } from '../fixtures/until.ts'

const pageOf = (name: string) => readFile(new URL(`../../docs/${name}`, import.meta.url), 'utf8')
const blocksOf = (text: string, language: string): string[] =>
  [...text.matchAll(new RegExp(`\`\`\`${language}\\n([^]*?)\`\`\``, 'g'))].map(([, block]) => block ?? '')

const { client, services } = await startSluice(t)
const { prisma } = services.database
const ada = await client.signUp('Ada')
const as = ada.session
const at = `/v1/workspaces/${ada.workspaceId}`

async function save(yaml: string): Promise<string> {
  const made = await client.call('POST', `${at}/flows`, {
    as,
    raw: yaml,
    headers: { 'Content-Type': 'application/yaml' }
  })
  if (made.status !== 201) throw new Error(made.text)
  return made.json.id as string
}

t.test('docs/events-in.md: the event starts the one flow, and ends the wait of the other', async (t) => {
  const text = await pageOf('events-in.md')
  const [event = '', started = '', ended = ''] = blocksOf(text, 'json')
  const flows = await Promise.all(blocksOf(text, 'yaml').map(save))
  t.equal(flows.length, 2)
  const [starts, waits] = flows
  const listener = await client.call('POST', `${at}/listeners`, { as, body: { name: 'order', flowId: waits } })
  const call = await client.call('POST', `/v1/dynamic/listener/${listener.json.id}`, { as: ada, body: { order: 7 } })
  t.equal(call.status, 202, call.text)
  const send = () =>
    client.call('POST', `${at}/inbox`, {
      as,
      raw: event,
      headers: { 'Content-Type': 'application/cloudevents+json' }
    })
  t.match(await send(), { status: 202, json: { accepted: 1, duplicates: 0 } })
  const outputOf = async (where: object) => {
    await until(
      async () => (await prisma.run.findFirst({ where }))?.status === 'succeeded',
      60_000,
      JSON.stringify(where)
    )
    return (await prisma.run.findFirstOrThrow({ where })).output
  }
  t.same(await outputOf({ flowId: starts }), JSON.parse(started))
  t.same(await outputOf({ id: call.json.runId }), JSON.parse(ended))
})

t.test('docs/events-in.md: the table says what the limits are', async (t) => {
  const values = [...(await pageOf('events-in.md')).matchAll(/^\| [^|]+ \| (\d+) \|/gm)].map(([, value]) =>
    Number(value)
  )
  t.same(values, [EVENT_MAX_BYTES, INBOX_LIMITS.batch, INBOX_LIMITS.perMinute])
})

t.test('docs/streams.md: the stream of the example has the events that the page shows', async (t) => {
  const text = await pageOf('streams.md')
  const [yaml = ''] = blocksOf(text, 'yaml')
  const [shown = ''] = blocksOf(text, 'text')
  const listener = await client.call('POST', `${at}/listeners`, {
    as,
    body: { name: 'import', flowId: await save(yaml), respond: 'stream' }
  })
  const { status, text: stream } = await client.call('GET', `/v1/dynamic/listener/${listener.json.id}`, { as: ada })
  t.equal(status, 200)
  const changing = /"(id|time)":"[^"]*"/g
  t.equal(stream.replace(changing, '"$1":"…"'), shown)
})
