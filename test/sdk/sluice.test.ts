import { execFile } from 'node:child_process'
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { promisify } from 'node:util'
import t from 'tap'
import { createSluice, SluiceError } from '../../src/sdk/sluice.js'
import { signingWorkspace } from '../fixtures/customer-token.ts'
import { startSluice } from '../fixtures/sluice.ts'

const FOLDER = path.join(import.meta.dirname, '../../src/sdk')
const sluice = await startSluice(t)
const { client } = sluice
const owner = await client.signUp('Ada')
const workspace = await signingWorkspace(client, owner)
const action = await client.call('POST', `/v1/workspaces/${workspace.id}/actions`, {
  as: owner.session,
  body: { name: 'sdk', listeners: [workspace.listenerId] }
})
const { actionPackageId } = action.json

/** A client that counts what it asks for. */
function counting(options: Partial<Parameters<typeof createSluice>[0]> = {}) {
  const asked: string[] = []
  const sdk = createSluice({
    baseUrl: `${sluice.url}/`,
    actionPackageId,
    getSession: () => workspace.sign({ id: 'sdk-user', name: 'Grace' }),
    fetch: (input, init) => {
      asked.push(`${init?.method ?? 'GET'} ${new URL(String(input)).pathname.split('/')[2]}`)
      return fetch(input, init)
    },
    ...options
  })
  return { sdk, asked, issued: () => asked.filter((one) => one === 'POST actions').length }
}

t.test('the types are made from the file that is served', async (t) => {
  const out = await mkdtemp(path.join(tmpdir(), 'sluice-sdk-'))
  t.teardown(() => rm(out, { recursive: true }))
  const tsc = path.join(path.dirname(createRequire(import.meta.url).resolve('typescript/package.json')), 'bin/tsc')
  // Without what the test runner adds to every Node process.
  await promisify(execFile)('env', ['-u', 'NODE_OPTIONS', process.execPath, tsc, '-p', FOLDER, '--outDir', out])
  t.equal(
    await readFile(path.join(FOLDER, 'sluice.d.ts'), 'utf8'),
    await readFile(path.join(out, 'sluice.d.ts'), 'utf8'),
    'if not, run: npx tsc -p src/sdk --outDir src/sdk'
  )
})

t.test('200: served to pages of every origin', async (t) => {
  const script = await client.call('GET', '/sdk/sluice.js')
  t.equal(script.text, await readFile(path.join(FOLDER, 'sluice.js'), 'utf8'))
  t.match(script.headers, {
    'content-type': /^text\/javascript/,
    'access-control-allow-origin': '*',
    'cross-origin-resource-policy': 'cross-origin'
  })
  t.equal((await client.call('GET', '/sdk/sluice.d.ts')).status, 200)
  t.notMatch(script.text, /^import /m, 'it depends on nothing')
})

t.test('one token for many callers, and for those after', async (t) => {
  const { sdk, issued } = counting()
  const tokens = await Promise.all(Array.from({ length: 20 }, () => sdk.getIntegrationServiceToken()))
  t.equal(new Set(tokens).size, 1)
  t.equal(await sdk.getIntegrationServiceToken(), tokens[0])
  t.strictSame(await sdk.self(), {
    id: 'sdk-user',
    name: 'Grace',
    phoneNumber: null,
    pictureUrl: null,
    actionPackageId
  })
  t.equal(issued(), 1)
})

t.test('a minute before it ends a token is renewed', async (t) => {
  const { sdk, issued } = counting()
  const realNow = Date.now
  t.teardown(() => {
    Date.now = realNow
  })
  await sdk.getIntegrationServiceToken()
  Date.now = () => realNow() + 28 * 60_000
  await sdk.getIntegrationServiceToken()
  t.equal(issued(), 1)
  Date.now = () => realNow() + 29 * 60_000 + 1_000
  await sdk.getIntegrationServiceToken()
  t.equal(issued(), 2)
})

t.test('401: once more with a new token, and then no more', async (t) => {
  const { sdk, issued, asked } = counting({ getSession: () => workspace.sign({ id: 'forgotten' }) })
  await sdk.getIntegrationServiceToken()
  await client.call('DELETE', `/v1/workspaces/${workspace.id}/customers/forgotten`, { as: owner.session })
  const answer = await sdk.performHttpRequest(workspace.listenerId)
  t.equal((answer.body as { caller: { id: string } }).caller.id, 'forgotten')
  t.equal(issued(), 2)
  t.strictSame(asked, ['POST actions', 'GET dynamic', 'POST actions', 'GET dynamic'])

  const broken = counting({ getSession: () => workspace.sign({ id: 'expired', exp: 1 }) })
  await t.rejects(broken.sdk.self(), { name: 'SluiceError', code: 'invalid_token', status: 401 })
  t.equal(broken.issued(), 1)
  await t.rejects(broken.sdk.self(), { code: 'invalid_token' }, 'a failure is not remembered')
  t.equal(broken.issued(), 2)
})

t.test('401 for many at once: one new token for all of them', async (t) => {
  const { sdk, issued, asked } = counting({ getSession: () => workspace.sign({ id: 'many' }) })
  const first = await sdk.getIntegrationServiceToken()
  await client.call('DELETE', `/v1/workspaces/${workspace.id}/customers/many`, { as: owner.session })
  const answers = await Promise.all(Array.from({ length: 10 }, () => sdk.performHttpRequest(workspace.listenerId)))
  t.ok(answers.every(({ status }) => status === 200))
  t.equal(issued(), 2)
  t.equal(asked.filter((one) => one === 'GET dynamic').length, 20)
  t.not(await sdk.getIntegrationServiceToken(), first)
})

t.test('401 again with the new token: an error, and no third try; a stream is sent once', async (t) => {
  const {
    json: { flowId }
  } = await client.call('GET', `/v1/listeners/${workspace.listenerId}`, { as: owner.session })
  const closed = await client.call('POST', `/v1/workspaces/${workspace.id}/listeners`, {
    as: owner.session,
    body: { name: 'closed', flowId, auth: { principals: ['token'] } }
  })
  await client.call('PATCH', `/v1/actions/${actionPackageId}`, {
    as: owner.session,
    body: { listeners: [workspace.listenerId, closed.json.id] }
  })
  const twice = counting()
  await t.rejects(twice.sdk.performHttpRequest(closed.json.id), {
    name: 'SluiceError',
    code: 'invalid_token',
    status: 401
  })
  t.strictSame(twice.asked, ['POST actions', 'GET dynamic', 'POST actions', 'GET dynamic'])

  const once = counting()
  await t.rejects(once.sdk.performHttpRequest(closed.json.id, { body: new Blob(['x']).stream() }), {
    code: 'invalid_token'
  })
  t.strictSame(once.asked, ['POST actions', 'POST dynamic'])
})

t.test('401 that comes late, for a token that was renewed since: the new one is taken, no other is made', async (t) => {
  const late = Promise.withResolvers<void>()
  let calls = 0
  const { sdk } = counting({
    getSession: () => workspace.sign({ id: 'late' }),
    fetch: async (input, init) => {
      const isFirst = String(input).includes('/dynamic/') && ++calls === 1
      const answer = await fetch(input, init)
      if (isFirst) await late.promise
      return answer
    }
  })
  const token = await sdk.getIntegrationServiceToken()
  await client.call('DELETE', `/v1/workspaces/${workspace.id}/customers/late`, { as: owner.session })
  const slow = sdk.performHttpRequest(workspace.listenerId)
  const quick = await sdk.performHttpRequest(workspace.listenerId)
  const renewed = await sdk.getIntegrationServiceToken()
  late.resolve()
  t.strictSame([quick.status, (await slow).status], [200, 200])
  t.not(renewed, token)
  t.equal(await sdk.getIntegrationServiceToken(), renewed)
})

t.test('cookies go nowhere, and nothing comes from a cache', async (t) => {
  const modes = new Set<string>()
  const { sdk } = counting({
    fetch: (input, init) => {
      modes.add(`${init?.credentials} ${init?.cache}`)
      return fetch(input, init)
    }
  })
  await sdk.self()
  await sdk.performHttpRequest(workspace.listenerId)
  t.strictSame([...modes], ['omit no-store'])
})

t.test('what goes out arrives, and what comes back is read by its type', async (t) => {
  const { sdk } = counting()
  const send = async (request: Parameters<typeof sdk.performHttpRequest>[1]) =>
    (await sdk.performHttpRequest(workspace.listenerId, request)).body
  t.match(await send({ query: { a: 1, b: ['x', 'y'], c: undefined } }), {
    method: 'GET',
    query: { a: '1', b: ['x', 'y'] }
  })
  t.match(await send({ body: { a: [1, null] } }), { method: 'POST', body: { a: [1, null] } })
  t.match(await send({ method: 'PUT', body: 'text', headers: { 'content-type': 'text/plain', 'x-own': 'yes' } }), {
    method: 'PUT',
    body: 'text',
    headers: { 'x-own': 'yes' }
  })
  t.match(await send({ body: new URLSearchParams({ q: '1' }) }), { body: { q: '1' } })
  const form = new FormData()
  form.set('name', 'value')
  t.match(await send({ body: form }), { body: { name: 'value' } })
  const stream = new Blob(['streamed']).stream()
  t.match(await send({ body: stream, headers: { 'content-type': 'text/plain' } }), { body: 'streamed' })
})

t.test('failures have a code', async (t) => {
  const { sdk } = counting()
  await t.rejects(sdk.performHttpRequest('lsn_0000000000000000000000'), {
    name: 'SluiceError',
    code: 'not_found',
    status: 404,
    requestId: /^req_/
  })
  await t.rejects(counting({ actionPackageId: 'act_0000000000000000000000' }).sdk.self(), { code: 'not_found' })
  await t.rejects(counting({ baseUrl: 'http://127.0.0.1:1' }).sdk.self(), { code: 'network_error', status: 0 })
  await t.rejects(counting({ getSession: () => Promise.reject(new Error('signed out')) }).sdk.self(), {
    message: 'signed out'
  })
  await t.rejects(sdk.performHttpRequest(workspace.listenerId, { signal: AbortSignal.abort() }), { name: 'AbortError' })
  t.ok(new SluiceError('x') instanceof Error)
})
