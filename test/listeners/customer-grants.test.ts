import t from 'tap'
import { newId } from '../../src/lib/ids.ts'
import { signingWorkspace } from '../fixtures/customer-token.ts'
import { startSluice } from '../fixtures/sluice.ts'

const { client } = await startSluice(t)
const owner = await client.signUp('Ada')
const workspace = await signingWorkspace(client, owner)
const patch = (auth: object) =>
  client.call('PATCH', `/v1/listeners/${workspace.listenerId}`, { as: owner.session, body: { auth } })
const call = (as: string, path = workspace.path) => client.call('GET', path, { as })
const [granted, other] = [workspace.sign({ id: 'granted' }), workspace.sign({ id: 'other' })]

t.test('200: every customer of the workspace can call a listener that names no customers', async (t) => {
  for (const token of [granted, other]) t.equal((await call(token)).status, 200)
})

t.test('404: a listener looks absent to customers that it does not name, from the next call on', async (t) => {
  const answer = await patch({ customers: ['granted', 'not seen yet'] })
  t.equal(answer.status, 200, answer.text)
  t.strictSame(answer.json.auth, { customers: ['granted', 'not seen yet'] })
  t.equal((await call(granted)).status, 200)
  t.equal((await call(workspace.sign({ id: 'not seen yet' }))).status, 200, 'a grant can precede the customer')

  const absent = `/v1/dynamic/listener/${newId('lsn')}`
  const [refused, none] = [await call(other), await call(other, absent)]
  t.equal(refused.status, 404)
  const { requestId: _one, ...said } = refused.json
  const { requestId: _two, ...saidOfNone } = none.json
  t.strictSame(said, saidOfNone)
  t.equal((await call(workspace.sign({ id: 'Granted' }))).status, 404, 'ids are compared exactly')
})

t.test('the named customers do not restrict tokens of accounts', async (t) => {
  const {
    json: { token }
  } = await client.call('POST', '/v1/tokens', {
    as: owner.session,
    body: { name: 'own', days: 1, password: owner.password }
  })
  t.equal((await call(token)).status, 200)
})

t.test('404: with an integration token, a customer reaches no more than with its own token', async (t) => {
  const {
    json: { actionPackageId }
  } = await client.call('POST', `/v1/workspaces/${workspace.id}/actions`, {
    as: owner.session,
    body: { name: 'desk', listeners: [workspace.listenerId] }
  })
  const issue = async (as: string): Promise<string> =>
    (await client.call('POST', `/v1/actions/${actionPackageId}/integration-token`, { as })).json.token
  t.equal((await call(await issue(granted))).status, 200)
  t.equal((await call(await issue(other))).status, 404)
  t.equal((await call(await issue(owner.session))).status, 200, 'the names do not restrict members')

  await patch({ customers: ['granted'], principals: ['action'] })
  t.equal((await call(granted)).status, 401, 'by kind')
  t.equal((await call(await issue(granted))).status, 200)
  t.equal((await call(await issue(other))).status, 404, 'by name')
})

t.test('400: invalid ids, an empty list, too many ids', async (t) => {
  const cases: [unknown, string][] = [
    [[], '/auth/customers'],
    [[''], '/auth/customers/0'],
    [['x'.repeat(256)], '/auth/customers/0'],
    [['a', 'a'], '/auth/customers'],
    [[1], '/auth/customers/0'],
    ['a', '/auth/customers'],
    [Array.from({ length: 501 }, (_, index) => `customer-${index}`), '/auth/customers']
  ]
  for (const [customers, pointer] of cases) {
    const answer = await patch({ customers })
    t.equal(answer.status, 400, pointer)
    t.match(answer.json.errors, [{ pointer }])
  }
  t.equal((await patch({ customers: Array.from({ length: 500 }, (_, index) => `customer-${index}`) })).status, 200)
})

t.test('200: without names, every customer can call it again', async (t) => {
  t.equal((await patch({})).status, 200)
  t.equal((await call(other)).status, 200)
})
