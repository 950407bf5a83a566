import t from 'tap'
import { parse } from 'yaml'
import { importFlow } from '../../../src/console/flow/import/import-flow.ts'
import type { HttpCall, HttpReply } from '../../../src/dsl/index.ts'
import { testPorts } from '../../dsl/fixtures/ports.ts'
import { workbench } from '../../dsl/fixtures/run.ts'
import { N8N } from './fixtures/n8n-workflows.ts'
import { LEFT_BEHIND, POSTMAN } from './fixtures/postman-collections.ts'

const { run } = workbench(t)

function answering(replies: Record<string, unknown>) {
  const calls: HttpCall[] = []
  const ports = testPorts()
  ports.http = async (call: HttpCall): Promise<HttpReply> => {
    calls.push(call)
    const { pathname } = new URL(call.url)
    const body = new TextEncoder().encode(JSON.stringify(replies[pathname] ?? {}))
    return { status: 200, headers: { 'content-type': 'application/json' }, body, url: call.url }
  }
  ports.vault['bearer_token'] = 'from-the-workspace'
  ports.vault['basic_password'] = 'from-the-workspace'
  return { calls, ports }
}

for (const { title, file, input, replies = {}, output, notes } of N8N) {
  t.test(`a workflow of n8n runs as a flow: ${title}`, async (t) => {
    const imported = importFlow(JSON.stringify(file))
    t.equal(imported.from, 'n8n')
    for (const note of notes)
      t.ok(
        imported.notes.some((each) => note.test(each)),
        `${note} in ${imported.notes}`
      )
    t.equal(imported.notes.length, notes.length, imported.notes.join(' | '))
    const { ports } = answering(replies)
    const { outcome } = await run(imported.text, input, { testPorts: ports })
    if (output === null) t.match(outcome, { status: 'failed', error: { status: 501 } })
    else t.match(outcome, { status: 'succeeded', output })
  })
}

for (const { title, file, input, calls: wanted, notes } of POSTMAN) {
  t.test(`a collection of Postman runs as a flow: ${title}`, async (t) => {
    const imported = importFlow(JSON.stringify(file))
    t.equal(imported.from, 'Postman')
    t.notMatch(imported.text, LEFT_BEHIND)
    for (const note of notes)
      t.ok(
        imported.notes.some((each) => note.test(each)),
        `${note} in ${imported.notes}`
      )
    t.equal(imported.notes.length, notes.length, imported.notes.join(' | '))
    const { calls, ports } = answering({})
    const { outcome } = await run(imported.text, input, { testPorts: ports })
    t.equal(outcome.status, 'succeeded', JSON.stringify(outcome))
    t.strictSame(
      calls.map(({ method, url }) => ({ method, url })),
      wanted.map(({ method, url }) => ({ method, url }))
    )
    wanted.forEach(({ body }, index) => {
      if (body === undefined) return
      const sent = String(calls[index]?.body)
      t.strictSame(typeof body === 'string' ? sent : JSON.parse(sent), body)
    })
  })
}

t.test('a schedule of n8n is one of the flow', (t) => {
  const nightly = N8N.find(({ title }) => title === 'a schedule')
  t.strictSame(parse(importFlow(JSON.stringify(nightly?.file)).text).schedule, { cron: '30 3 * * *' })
  t.end()
})

t.test('a file that is neither is refused with a sentence', (t) => {
  t.throws(() => importFlow('{'), { message: 'This file is no JSON.' })
  for (const file of ['1', '[]', '{}', '{"nodes":[]}', '{"info":{}}'])
    t.throws(() => importFlow(file), { message: /neither a workflow of n8n nor a collection of Postman/ })
  for (const file of ['{"nodes":[],"connections":{}}', '{"info":{"name":"x"},"item":[]}'])
    t.match(importFlow(file).notes.join(' '), /no (?:step|request)/)
  t.end()
})
