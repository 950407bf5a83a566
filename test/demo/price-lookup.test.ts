import t from 'tap'
import { seedDemo } from '../../src/demo/seed.ts'
import { startDemoUpstream } from '../../src/demo/upstream.ts'
import { startSluice } from '../fixtures/sluice.ts'

t.test(
  'the demo answers, and no expression of it goes to the pool: whatever way a call takes through the flow',
  async (t) => {
    const erp = await startDemoUpstream(0)
    t.teardown(() => erp.close())
    const sluice = await startSluice(t, { egressAllow: [`127.0.0.1:${erp.port}`] })
    const { client, services } = sluice
    const owner = await client.signUp('Ada')
    const listenerId = await seedDemo(services, owner.id, erp.url)
    const token = await client.call('POST', '/v1/tokens', {
      as: owner,
      body: { name: 'demo', days: 1, password: owner.password }
    })
    const ask = (query: string) =>
      client.call('GET', `/v1/dynamic/listener/${listenerId}?${query}`, { as: token.json.token })
    const answers = async (path: string): Promise<number> => {
      const { text } = await client.call('GET', '/metrics')
      return Number(new RegExp(`^sluice_expressions_total\\{path="${path}"\\} (\\d+)$`, 'm').exec(text)?.[1])
    }
    t.equal(await answers('fast'), 0)

    const inStock = await ask('sku=A-100&quantity=2')
    t.equal(inStock.status, 200, inStock.text)
    t.same(inStock.json, {
      sku: 'A-100',
      name: 'Café table',
      quantity: 2,
      total: { amount: 259, currency: 'EUR' },
      availability: 'in stock',
      deliveryDays: 2
    })
    t.match((await ask('sku=A-200')).json, { quantity: 1, availability: 'on order', deliveryDays: 14 })
    t.match(await ask('sku=Z-999'), { status: 404, json: { code: 'flow_failed', title: 'There is no such product' } })
    t.match(await ask('quantity=2'), { status: 400, json: { code: 'validation_failed' } })

    t.equal(await answers('fast'), 13, 'six in a whole call, one before a product is found missing')
    t.equal(await answers('pool'), 0)
    t.match(services.expressions.stats(), { pool: 0 })
  }
)
