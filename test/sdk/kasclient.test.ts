import { createServer } from 'node:http'
import { once } from 'node:events'
import type { AddressInfo } from 'node:net'
import { chromium } from 'playwright-core'
import t from 'tap'
import { findChromium } from '../fixtures/chromium.ts'
import { signingWorkspace } from '../fixtures/customer-token.ts'
import { startSluice } from '../fixtures/sluice.ts'

const executablePath = findChromium()

t.test(
  'in Chromium: a page that was written for Kaizala gets its token and calls a listener by the names that it knows',
  { skip: executablePath === undefined && 'there is no Chromium here; it runs where CI is set' },
  async (t) => {
    const sluice = await startSluice(t)
    const { client } = sluice
    const owner = await client.signUp('Ada')
    const workspace = await signingWorkspace(client, owner)
    const site = createServer((_request, response) => {
      response.setHeader('content-type', 'text/html')
      response.end(`<!doctype html><title>Kaizala</title><script src="${sluice.url}/sdk/kasclient.js"></script>`)
    })
    site.listen(0)
    await once(site, 'listening')
    t.teardown(() => site.close())
    const origin = `http://localhost:${(site.address() as AddressInfo).port}`
    const action = await client.call('POST', `/v1/workspaces/${workspace.id}/actions`, {
      as: owner.session,
      body: { name: 'Order desk', origins: [origin], listeners: [workspace.listenerId] }
    })

    const browser = await chromium.launch({ executablePath: executablePath ?? '', args: ['--no-sandbox'] })
    t.teardown(() => browser.close())
    const page = await browser.newPage()
    await page.goto(origin)
    const unready = await page.evaluate(
      () =>
        new Promise((resolve) => {
          // @ts-expect-error: a global of the page
          KASClient.App.getIntegerationServiceTokenAsync((token, error) => resolve({ token, error }))
        })
    )
    t.match(unready, { token: null, error: 'Call KASClient.configure first.' })

    const setup = {
      baseUrl: sluice.url,
      actionPackageId: action.json.actionPackageId as string,
      session: workspace.sign({ id: 'user-4711', name: 'Grace' })
    }
    const token = await page.evaluate(
      ({ session, ...options }) =>
        new Promise<string>((resolve) => {
          // @ts-expect-error: a global of the page
          KASClient.configure({ ...options, getSession: () => session })
          // @ts-expect-error: a global of the page
          KASClient.App.getIntegerationServiceTokenAsync((token, error) => resolve(token ?? error))
        }),
      setup
    )
    const me = await client.call('GET', '/v1/users/me', { headers: { accessToken: token } })
    t.match(me.json, { id: 'user-4711', name: 'Grace' })

    const perform = (url: string, parameters: object) =>
      page.evaluate(
        ([url, parameters]) =>
          new Promise<{ response: string; error: string | null }>((resolve) => {
            // @ts-expect-error: a global of the page
            KASClient.App.performHTTPRequest(url, parameters, (response, error) => resolve({ response, error }))
          }),
        [url, JSON.stringify(parameters)] as const
      )
    const { response, error } = await perform(`${sluice.url}${workspace.path}`, {
      method: 'POST',
      requestBody: '{"sku":"A-100"}',
      requestHeaders: { 'x-order': '7' },
      queryParameters: { dry: 'yes' }
    })
    t.equal(error, null)
    const { HttpResponseCode, HttpResponseHeader, HttpResponseBody } = JSON.parse(response)
    t.equal(HttpResponseCode, 200)
    t.match(HttpResponseHeader, { 'content-type': /json/ })
    t.match(JSON.parse(HttpResponseBody), {
      method: 'POST',
      query: { dry: 'yes' },
      headers: { 'x-order': '7' },
      body: { sku: 'A-100' },
      caller: { kind: 'action', id: 'user-4711' }
    })

    const refused = await perform(`${sluice.url}/v1/dynamic/listener/lsn_${'0'.repeat(22)}`, { method: 'GET' })
    t.match(JSON.parse(refused.response), { HttpErrorCode: Number, HttpErrorMessage: String })
    t.ok(refused.error)
    const elsewhere = await perform('https://elsewhere.example/orders', {})
    t.match(elsewhere.error, 'is not the URL of a listener')
  }
)
