import t from 'tap'
import { inBrowser, openConsole } from './fixtures/open-console.ts'
import { shown, titled } from './fixtures/pages.ts'

t.test('runs: the list, one of them, and why calls were refused', inBrowser, async (t) => {
  const { admin, at, listenerId, open, sluice } = await openConsole(t)
  const { client } = sluice
  const as = admin.session
  const { workspaceId } = (await client.call('GET', `/v1/listeners/${listenerId}`, { as })).json
  const token = (
    await client.call('POST', '/v1/tokens', { as, body: { name: 'first', days: 1, password: admin.password } })
  ).json
  const url = `/v1/dynamic/listener/${listenerId}`
  const failed = await client.call('GET', `${url}?sku=A-101`, { as: token.token })
  await client.call('GET', `${url}?sku=A-100`, { as: token.token })
  const runId = String(failed.headers['sluice-run-id'])
  const { page, expectClean } = await open({ as: admin })

  await t.test('filters are kept in the URL; a failed run says in a sentence what failed and where', async (t) => {
    await page.goto(at(`/runs?workspace=${workspaceId}`))
    const table = page.getByRole('table', { name: 'Runs', exact: true })
    await table.getByText('succeeded').waitFor()
    await page.getByRole('combobox', { name: 'Status', exact: true }).selectOption('failed')
    await table.getByText('succeeded').waitFor({ state: 'detached' })
    await page.reload()
    t.equal(await page.getByRole('combobox', { name: 'Status', exact: true }).inputValue(), 'failed')
    await table.getByText('failed').waitFor()
    t.equal(await table.getByText('succeeded').count(), 0)
    await expectClean(t, 'failed runs')
    await table.getByRole('row').nth(1).getByRole('link').first().click()
    await shown(page, 'Run of price-lookup')
    await page.getByText('There is no such product').first().waitFor()
    await titled(page, 'failed · Run of price-lookup')
    const steps = page.getByRole('table', { name: 'Steps', exact: true })
    for (const name of [/getProduct/, /unknownProduct/]) await steps.getByRole('row', { name }).waitFor()
    await page.getByRole('region', { name: "The run's input" }).getByText('"A-101"').waitFor()
    await steps.getByRole('button', { name: 'getProduct', exact: true }).click()
    await page.getByRole('tab', { name: 'Error', exact: true }).click()
    await page.getByRole('tabpanel').getByText('404').first().waitFor()
    await expectClean(t, 'a failed run')
  })

  await t.test('replay starts another run, which names the one it repeats', async () => {
    await page.goto(at(`/runs/${runId}`))
    await page.getByRole('button', { name: 'Replay', exact: true }).click()
    await page.waitForURL((next) => next.pathname.includes('/runs/run_') && !next.pathname.includes(runId))
    await page.getByText('Replay of').waitFor()
    await page.getByText('There is no such product').first().waitFor()
    const steps = page.getByRole('table', { name: 'Steps', exact: true })
    await steps.getByRole('row', { name: /raise/ }).first().waitFor()
  })

  await t.test('a live run is followed without a reload, and can be cancelled', async (t) => {
    const document = {
      document: { dsl: '1.0.3', namespace: 'demo', name: 'sleeper', version: '1.0.0' },
      do: [{ first: { set: { a: 1 } } }, { sleep: { wait: 'PT1M' } }]
    }
    const flow = (await client.call('POST', `/v1/workspaces/${workspaceId}/flows`, { as, body: document })).json
    const body = { name: 'Sleeper', flowId: flow.id, mode: 'async' }
    const listener = (await client.call('POST', `/v1/workspaces/${workspaceId}/listeners`, { as, body })).json
    const { json } = await client.call('POST', `/v1/dynamic/listener/${listener.id}`, { as: token.token })
    await page.goto(at(`/runs/${json.runId}`))
    await shown(page, 'Run of sleeper')
    const steps = page.getByRole('table', { name: 'Steps', exact: true })
    await steps.getByRole('button', { name: 'first', exact: true }).waitFor()
    await page.getByText('waiting', { exact: true }).first().waitFor()
    await expectClean(t, 'a waiting run')
    await page.getByRole('button', { name: 'Cancel run…', exact: true }).click()
    const asking = page.getByRole('alertdialog', { name: 'Cancel this run?' })
    await asking.getByRole('button', { name: 'Cancel run', exact: true }).click()
    await page.getByText('cancelled', { exact: true }).first().waitFor()
    await page.getByRole('button', { name: 'Cancel run…', exact: true }).waitFor({ state: 'detached' })
    await titled(page, 'cancelled · ')
  })

  await t.test('a refused call is told with its reason, in the list and on its own page', async (t) => {
    const refused = await client.call('POST', url, { as: token.token })
    t.equal(refused.status, 405)
    const late = (
      await client.call('POST', '/v1/tokens', {
        as,
        body: { name: 'elsewhere', days: 1, password: admin.password, scope: { workspaces: [admin.workspaceId] } }
      })
    ).json
    const { headers } = await client.call('GET', url, { as: late.token })
    await page.goto(at(`/requests?workspace=${workspaceId}`))
    await page
      .getByRole('table', { name: 'Requests', exact: true })
      .getByText('The token may call other listeners')
      .first()
      .waitFor()
    await expectClean(t, 'requests')
    const names = Promise.withResolvers<void>()
    const listeners = '**/v1/workspaces/*/listeners?*'
    await page.route(listeners, async (route) => {
      await names.promise
      await route.continue()
    })
    await page.goto(at(`/requests/${String(headers['x-request-id'])}`))
    await shown(page, 'Why it was refused')
    await page.getByText('listener_not_in_scope').waitFor()
    await page.getByRole('link', { name: /^lsn_/ }).waitFor()
    await expectClean(t, 'a refused request, before the names of the listeners are there')
    names.resolve()
    await page.getByRole('link', { name: 'Price lookup', exact: true }).waitFor()
    await page.unroute(listeners)
    await expectClean(t, 'a refused request')
  })

  await t.test('an account without runs is told what would be there', async () => {
    const mary = await client.signUp('Mary')
    const other = await open({ as: mary, path: '/runs' })
    await other.page.getByText(/^No runs in the last 24 hours/).waitFor()
    await other.page.getByRole('button', { name: 'Show 30 days', exact: true }).click()
    await other.page.getByText(/^No runs in the last 30 days/).waitFor()
    await other.page.goto(at(`/runs/${runId}`))
    await shown(other.page, 'Not found')
  })
})
