import { IntegrationAppClient } from '@integration-app/sdk'
import { FlowRunApiResponse, isMembraneError, MembraneClient, TenantSelfResponse } from '@membranehq/sdk'
import t, { type Test } from 'tap'
import { signingWorkspace } from '../../fixtures/customer-token.ts'
import { startSluice } from '../../fixtures/sluice.ts'
import { until } from '../../fixtures/until.ts'

const sluice = await startSluice(t)
const { client } = sluice
const owner = await client.signUp('Ada')
const workspace = await signingWorkspace(client, owner)
const apiUri = `${sluice.url}/membrane`

async function listener(key: string, tasks: object[], settings: object = {}): Promise<string> {
  const flow = await client.call('POST', `/v1/workspaces/${workspace.id}/flows`, {
    as: owner.session,
    body: { document: { dsl: '1.0.3', namespace: 'test', name: key, version: '1.0.0' }, do: tasks }
  })
  const made = await client.call('POST', `/v1/workspaces/${workspace.id}/listeners`, {
    as: owner.session,
    body: { name: `The ${key}`, key, flowId: flow.json.id, ...settings }
  })
  if (made.status !== 201) throw new Error(`${flow.text} ${made.text}`)
  return made.json.id as string
}
const priceId = await listener('price-lookup', [
  { answer: { set: { sku: '${ .body.sku }', customer: '${ .caller.id }' } } }
])
await listener('fails', [
  { refuse: { raise: { error: { type: 'https://shop.example/sold-out', status: 422, title: 'Sold out' } } } }
])
await listener('waits', [{ wait: { wait: { hours: 1 } } }])

/** Each SDK, for a customer (by its id) or for the back end itself. */
const SDKS = {
  'integration.app 1.14': (id?: string) =>
    new IntegrationAppClient({ apiUri, token: workspace.sign(id === undefined ? { isAdmin: true } : { id }) }),
  'membrane 0.28': (id?: string) =>
    id === undefined
      ? new MembraneClient({ apiUri, token: workspace.sign({ isAdmin: true }) })
      : new MembraneClient({
          apiUri,
          workspaceKey: workspace.key,
          workspaceSecret: workspace.secret,
          tenantKey: id
        })
} as const

/** Expects an error with what the SDK read from the answer. */
async function refused(t: Test, call: Promise<unknown>, expected: object, why?: string): Promise<void> {
  const error: unknown = await call.then(
    () => undefined,
    (error: unknown) => error
  )
  t.match(error, expected, ...(why === undefined ? [] : [why]))
}

interface Runner {
  flowRun(id: string): { get(): Promise<{ state: string }> }
}

const reaches = (sdk: Runner, runId: string, state: string): Promise<void> =>
  until(async () => (await sdk.flowRun(runId).get()).state === state, 30_000, `run ${state}`)

for (const [name, connect] of Object.entries(SDKS)) {
  const unique = name.slice(0, 8)

  t.test(`${name}: self`, async (t) => {
    const me = connect(`self of ${unique}`)
    const self = TenantSelfResponse.parse(await me.self.get())
    t.match(self, {
      id: /^cus_/,
      internalId: `self of ${unique}`,
      name: `self of ${unique}`,
      workspaceKey: workspace.key
    })
    t.match(await me.self.patch({ credentials: { apiKey: 'their own' } } as never), { id: self.id })
    t.match(await connect().self.get(), { isAdmin: true, workspaceKey: workspace.key })
  })

  t.test(`${name}: customers are created, found, changed, archived and restored by either id`, async (t) => {
    const admin = connect()
    const internalId = `customer of ${unique}`
    const created = await admin.customers.create({ internalId, name: 'Grace', fields: { plan: 'pro' } } as never)
    t.match(created, { id: /^cus_/, internalId, name: 'Grace', fields: { plan: 'pro' } })
    await refused(t, admin.customers.create({ internalId, name: 'Twin' } as never), {
      data: { type: 'bad_request', key: 'already_exists' }
    })
    for (const selector of [created.id, encodeURIComponent(internalId), { id: created.id }, { internalId }])
      t.match(await admin.customer(selector as string).get(), { id: created.id }, JSON.stringify(selector))

    t.match(await admin.customer(created.id).patch({ name: 'Grace H.' }), { name: 'Grace H.', fields: { plan: 'pro' } })
    t.strictSame((await admin.customer(created.id).put({ name: 'G.' })).fields, {}, 'put replaces')
    await refused(t, admin.customer(created.id).patch({ internalId: 'another' } as never), {
      data: { type: 'bad_request', message: /internalId cannot change/ }
    })

    const customer = connect(internalId)
    t.match(await customer.self.get(), { id: created.id })
    await admin.customer(created.id).archive()
    await refused(t, customer.self.get(), { data: { key: 'not_authenticated' } }, 'its tokens are refused')
    const shown = async (query: object): Promise<string[]> =>
      (await admin.customers.find(query)).items.map(({ id }: { id: string }) => id)
    t.notOk((await shown({ search: 'customer of' })).includes(created.id))
    t.ok((await shown({ search: 'customer of', includeArchived: true })).includes(created.id))
    t.match(await admin.customer(created.id).get(), { archivedAt: String })
    await admin.customer(created.id).restore()
    t.match(await customer.self.get(), { id: created.id })
    t.ok((await shown({})).includes(created.id))
  })

  t.test(`${name}: findAll reads every page`, async (t) => {
    const admin = connect()
    const before = (await admin.customers.findAll()).length
    for (let n = 0; n < 3; n++) await admin.customers.create({ internalId: `${unique} ${n}`, name: 'One' } as never)
    const all = await admin.customers.findAll()
    t.equal(new Set(all.map(({ id }: { id: string }) => id)).size, before + 3)
    const first = await admin.customers.find({ limit: 2, cursor: '0' })
    t.equal(first.items.length, 2)
    const second = await admin.customers.find({ limit: 2, cursor: String(first.cursor) })
    t.notMatch(second.items[0]?.id, first.items[1]?.id)
    t.notOk('cursor' in (await admin.customers.find({ limit: 1000 })), 'the last page has no cursor')
  })

  t.test(`${name}: flow runs are started, read, listed and stopped`, async (t) => {
    const customer = connect(`runner of ${unique}`)
    const { id } = await customer.self.get()
    const run = await customer.flowRuns.create({ flowInstanceId: 'price-lookup', input: { sku: 'A-1' } } as never)
    t.match(run, { id: /^run_/, connectionFlowId: priceId, userId: id, startNodeKey: 'listener', startTime: String })
    await reaches(customer, run.id, 'completed')
    const done = FlowRunApiResponse.parse(await customer.flowRun(run.id).get())
    t.match(done, { state: 'completed', endTime: String })
    t.match(await customer.flowRun(run.id).getOutput(), { sku: 'A-1', customer: `runner of ${unique}` })
    const listed = await customer.flowRuns.find({ state: 'completed' } as never)
    t.strictSame(
      listed.items.map((one: { id: string }) => one.id),
      [run.id]
    )

    const waiting = await customer.flowRuns.create({ flowInstanceId: 'waits' } as never)
    await reaches(customer, waiting.id, 'running')
    await refused(t, connect('a stranger').flowRun(waiting.id).stop(), { data: { key: 'not_found' } })
    await customer.flowRun(waiting.id).stop()
    await reaches(customer, waiting.id, 'stopped')

    const all = await connect().flowRuns.find({ userId: id } as never)
    t.equal(all.items.length, 2, 'the back end sees the runs of its customers')
  })

  t.test(`${name}: errors are those that the SDK throws by class`, async (t) => {
    const customer = connect(`errors of ${unique}`)
    await refused(t, customer.customers.find(), { data: { type: 'bad_request', key: 'access_denied' } })
    await refused(t, connect().customer('nobody').get(), { data: { type: 'bad_request', key: 'not_found' } })
    await refused(t, customer.connections.find(), { data: { key: 'not_found', message: /no connectors/ } })
    await refused(t, customer.integration('hubspot').get(), { data: { key: 'not_found', message: /no connectors/ } })
  })
}

t.test('membrane 0.28: an action is a listener, by its key, its id or its name', async (t) => {
  const customer = SDKS['membrane 0.28']('actor')
  for (const named of ['price-lookup', priceId, encodeURIComponent('The price-lookup')]) {
    const answer = await customer.action(named).run({ sku: 'B-2' })
    t.match(answer, { output: { sku: 'B-2', customer: 'actor' }, actionRunId: /^run_/ }, named)
  }
  t.match(await customer.action({ key: 'price-lookup' } as never).run({ sku: 'C' }), { output: { sku: 'C' } })
  const error: unknown = await customer
    .action('fails')
    .run({})
    .catch((error: unknown) => error)
  t.match(error, { data: { type: 'action_run', message: 'Sold out' } })
  t.ok(isMembraneError(error))
  await refused(t, customer.action('absent').run({}), { data: { key: 'not_found' } })
  await refused(t, SDKS['membrane 0.28']().action('price-lookup').run({}), { data: { key: 'access_denied' } })
})

t.test('integration.app 1.14: actions of a connection and action instances take the input as the body', async (t) => {
  const customer = SDKS['integration.app 1.14']('actor')
  t.match(await customer.connection('any').action('price-lookup').run({ sku: 'D' }), { output: { sku: 'D' } })
  t.match(await customer.actionInstance({ actionKey: 'price-lookup' } as never).run({ sku: 'E' }), {
    output: { sku: 'E' },
    actionRunId: /^run_/
  })
})

t.test('200: digits beyond a double pass unchanged, in fields of customers and in the input of actions', async (t) => {
  const send = async (path: string, token: string, body: string): Promise<string> =>
    (
      await fetch(apiUri + path, {
        method: 'POST',
        headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
        body
      })
    ).text()
  const created = await send(
    '/customers',
    workspace.sign({ isAdmin: true }),
    '{"internalId":"exact","fields":{"erp":9007199254740993}}'
  )
  t.match(created, '"erp":9007199254740993')
  const answer = await send(
    '/actions/price-lookup/run',
    workspace.sign({ id: 'exact' }),
    '{"input":{"sku":7615917337495251231}}'
  )
  t.match(answer, '"sku":7615917337495251231')
})

t.test('401: without a token, with a bad one and with one of another workspace nothing is told', async (t) => {
  for (const headers of [{}, { Authorization: 'Bearer eyJhbGciOiJIUzI1NiJ9.e30.x' }]) {
    for (const path of ['/self', '/customers', '/actions/price-lookup/run', '/connections']) {
      const answer = await fetch(`${apiUri}${path}`, { headers, ...(path.endsWith('run') ? { method: 'POST' } : {}) })
      t.equal(answer.status, 401, path)
      t.match(await answer.json(), { type: 'bad_request', key: 'not_authenticated', message: String }, path)
    }
  }
  const other = await signingWorkspace(client, owner, 'Other')
  const stranger = new MembraneClient({ apiUri, token: other.sign({ id: 'actor' }) })
  await refused(t, stranger.action(priceId).run({}), { data: { key: 'not_found' } })
})
