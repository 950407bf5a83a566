import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { chromium } from 'playwright-core'
import t from 'tap'
import { bundleForPage } from '../../fixtures/bundle.ts'
import { findChromium } from '../../fixtures/chromium.ts'
import { signingWorkspace } from '../../fixtures/customer-token.ts'
import { startSluice } from '../../fixtures/sluice.ts'

const executablePath = findChromium()

t.test(
  'in Chromium: a page of another site uses the unmodified SDK by a token of its customer',
  { skip: executablePath === undefined && 'there is no Chromium here; it runs where CI is set' },
  async (t) => {
    const { client, url } = await startSluice(t)
    const owner = await client.signUp('Ada')
    const as = owner.session
    const workspace = await signingWorkspace(client, owner)
    const bundle = await bundleForPage('@membranehq/sdk', 'Membrane')
    const site = createServer((request, response) => {
      const isScript = request.url === '/sdk.js'
      response.setHeader('content-type', isScript ? 'text/javascript' : 'text/html')
      response.end(isScript ? bundle : '<!doctype html><title>Shop</title><script src="/sdk.js"></script>')
    }).listen(0)
    await once(site, 'listening')
    t.teardown(() => site.close())
    const origin = `http://localhost:${(site.address() as AddressInfo).port}`
    const named = await client.call('PATCH', `/v1/workspaces/${workspace.id}`, { as, body: { origins: [origin] } })
    t.equal(named.status, 200, named.text)
    await client.call('PATCH', `/v1/listeners/${workspace.listenerId}`, { as, body: { key: 'price-lookup' } })

    const browser = await chromium.launch({ executablePath: executablePath ?? '', args: ['--no-sandbox'] })
    t.teardown(() => browser.close())
    const page = await browser.newPage()
    await page.goto(origin)
    const callsOf = (token: string) =>
      page.evaluate(
        async ([apiUri, token]) => {
          // @ts-expect-error: a global of the page
          const membrane = new Membrane.MembraneClient({ apiUri, token })
          try {
            const self = await membrane.self.get()
            const { output } = await membrane.action('price-lookup').run({ sku: 'A-1' })
            const absent = await membrane
              .action('no-such-action')
              .run({})
              .catch((error: unknown) => error)
            return { self, output, absent: JSON.parse(JSON.stringify(absent)) }
          } catch (error) {
            return { error: String(error) }
          }
        },
        [`${url}/membrane`, token] as const
      )
    t.match(await callsOf(workspace.sign({ id: 'user-4711', name: 'Grace' })), {
      self: { id: /^cus_/, internalId: 'user-4711', name: 'Grace' },
      output: { method: 'POST', body: { sku: 'A-1' }, caller: { kind: 'customer', id: 'user-4711' } },
      absent: { data: { key: 'not_found' } }
    })

    const stranger = await client.signUp('Bob')
    const other = await signingWorkspace(client, stranger)
    t.match(
      await callsOf(other.sign({ id: 'user-4711' })),
      { error: /network/i },
      'the page of one workspace cannot read the answers to a customer of another'
    )
  }
)
