import { once } from 'node:events'
import type { Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { chromium } from 'playwright-core'
import t from 'tap'
import { reservePort } from '../fixtures/reserve-port.ts'
import { findChromium } from '../fixtures/chromium.ts'
import { signingWorkspace } from '../fixtures/customer-token.ts'
import { startSluice } from '../fixtures/sluice.ts'

interface ServiceSettings {
  gateway: string
  actionPackageId: string
  listenerId: string
  workspaceKey: string
  workspaceSecret: string
}

// The sample is plain JavaScript, as its readers will copy it.
const { createService } = (await import(new URL('../../docs/adapter/service.mjs', import.meta.url).href)) as {
  createService(settings: ServiceSettings): Server
}
const executablePath = findChromium()

t.test(
  'in Chromium: the sample page of another origin knows its user, calls a listener, and its back end asks the gateway',
  { skip: executablePath === undefined && 'there is no Chromium here; it runs where CI is set' },
  async (t) => {
    const sluice = await startSluice(t)
    const { client } = sluice
    const owner = await client.signUp('Ada')
    const workspace = await signingWorkspace(client, owner)

    const settings = {
      gateway: sluice.url,
      actionPackageId: '',
      listenerId: workspace.listenerId,
      workspaceKey: workspace.key,
      workspaceSecret: workspace.secret
    }
    const port = await reservePort()
    // Another site altogether: localhost is not 127.0.0.1 to a browser.
    const origin = `http://localhost:${port}`
    const action = await client.call('POST', `/v1/workspaces/${workspace.id}/actions`, {
      as: owner.session,
      body: { name: 'Order desk', origins: [origin], listeners: [workspace.listenerId] }
    })
    const { actionPackageId } = action.json
    const service = createService({ ...settings, actionPackageId })
    service.listen(port)
    await once(service, 'listening')
    t.teardown(
      () =>
        new Promise<void>((resolve) => {
          service.close(() => resolve())
          service.closeAllConnections()
        })
    )

    const browser = await chromium.launch({ executablePath: executablePath ?? '', args: ['--no-sandbox'] })
    t.teardown(() => browser.close())
    const page = await browser.newPage()
    const problems: string[] = []
    page.on('pageerror', (error) => problems.push(error.message))

    await page.goto(origin)
    await page.getByText('Signed in as Grace Hopper').waitFor()
    await page.getByRole('button').click()
    await page.waitForFunction('document.getElementById("answer").textContent !== ""')
    const answer = JSON.parse(await page.locator('#answer').innerText())
    t.match(answer.flow, {
      method: 'POST',
      body: { sku: 'A-100' },
      caller: { kind: 'action', id: 'user-4711', name: 'Grace Hopper', actionPackageId }
    })
    t.match(answer.flow.headers.origin, origin)
    t.notOk(answer.flow.headers.authorization)
    t.strictSame(answer.order, { orderedBy: 'user-4711', name: 'Grace Hopper' })
    t.strictSame(problems, [])

    await t.test('the page is told that its action has gone', async (t) => {
      await client.call('PATCH', `/v1/actions/${actionPackageId}`, { as: owner.session, body: { listeners: [] } })
      await page.getByRole('button').click()
      await page.waitForFunction('!document.getElementById("answer").textContent.startsWith("{")')
      // Without the listener the origin means nothing to it, and the browser keeps the answer from the page.
      t.match(await page.locator('#answer').innerText(), 'network_error')
    })

    await t.test('a page of an origin that the action does not name reads nothing', async (t) => {
      const stranger = await browser.newPage()
      await stranger.goto(`http://127.0.0.1:${port}`)
      await stranger.getByText('network_error').waitFor()
      t.pass()
    })
  }
)

t.test('the sample service takes tokens of its own action only', async (t) => {
  const sluice = await startSluice(t)
  const { client } = sluice
  const owner = await client.signUp('Ada')
  const workspace = await signingWorkspace(client, owner)
  const create = async (name: string): Promise<string> =>
    (await client.call('POST', `/v1/workspaces/${workspace.id}/actions`, { as: owner.session, body: { name } })).json
      .actionPackageId
  const [own, foreign] = [await create('own'), await create('foreign')]
  const service = createService({
    gateway: sluice.url,
    actionPackageId: own,
    listenerId: workspace.listenerId,
    workspaceKey: workspace.key,
    workspaceSecret: workspace.secret
  })
  service.listen(0, '127.0.0.1')
  await once(service, 'listening')
  t.teardown(
    () =>
      new Promise<void>((resolve) => {
        service.close(() => resolve())
        service.closeAllConnections()
      })
  )
  const base = `http://127.0.0.1:${(service.address() as AddressInfo).port}`
  const order = async (accessToken?: string) =>
    (await fetch(`${base}/orders`, { method: 'POST', headers: accessToken === undefined ? {} : { accessToken } }))
      .status

  const session = await (await fetch(`${base}/session`)).text()
  const issue = async (id: string): Promise<string> =>
    (await client.call('POST', `/v1/actions/${id}/integration-token`, { as: session })).json.token
  const token = await issue(own)
  t.equal(await order(token), 201)
  t.equal(await order(await issue(foreign)), 401)
  t.equal(await order(session), 401)
  t.equal(await order(), 401)
  await client.call('DELETE', `/v1/actions/${own}`, { as: owner.session })
  t.equal(await order(token), 401, 'at once')
  t.notMatch(await (await fetch(`${base}/config`)).text(), workspace.secret)
})
