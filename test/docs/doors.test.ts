import t from 'tap'
import { createToken } from '../fixtures/echo-listener.ts'
import { runDocument } from '../fixtures/run-document.ts'
import { startSluice } from '../fixtures/sluice.ts'

const { client, url } = await startSluice(t)
const ada = await client.signUp('Ada')
const { token } = await createToken(t, client, ada)

async function addListener(name: string, flow: object): Promise<string> {
  const made = await client.call('POST', `/v1/workspaces/${ada.workspaceId}/flows`, {
    as: ada.session,
    body: { document: { dsl: '1.0.3', namespace: 'docs', name, version: '1.0.0' }, ...flow }
  })
  const listener = await client.call('POST', `/v1/workspaces/${ada.workspaceId}/listeners`, {
    as: ada.session,
    body: { name, flowId: made.json.id }
  })
  return listener.json.id
}

const envOf = (listener: string) => ({
  URL: url,
  ME: `${ada.email}:${ada.password}`,
  WORKSPACE: ada.workspaceId,
  LISTENER: listener,
  SESSION: ada.session,
  TOKEN: token
})

t.test('the examples of listeners do what the page says', async (t) => {
  const listener = await addListener('greet-before', {
    do: [{ answer: { set: { greeting: '${ "Hello \\(.query.name)" }' } } }]
  })
  const { json } = await client.call('GET', `/v1/listeners/${listener}`, { as: ada.session })
  await runDocument(t, 'docs/listeners.md', { ...envOf(listener), FLOW: json.flowId })
})

t.test('the examples of readable URLs do what the page says', async (t) => {
  const listener = await addListener('order', {
    do: [{ answer: { set: { method: '${ .method }', pathParams: '${ .pathParams }' } } }]
  })
  await runDocument(t, 'docs/readable-urls.md', envOf(listener))
})

t.test('the examples of agents do what the page says', async (t) => {
  const listener = await addListener('price', { do: [{ answer: { set: { sku: '${ .body.sku }', price: 12.5 } } }] })
  await runDocument(t, 'docs/agents.md', envOf(listener))
})
