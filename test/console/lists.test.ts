import t from 'tap'
import { openDatabase } from '../../src/platform/db/client.ts'
import { inBrowser, openConsole } from './fixtures/open-console.ts'
import { shown } from './fixtures/pages.ts'

const RUNS = 10_000
const PAGES_READ = 12
/** Rows that a list keeps, in sight and around it, however many it has. */
const KEPT_MAX = 400

t.test('long lists and the log of what was done', inBrowser, async (t) => {
  const { admin, at, listenerId, open, sluice } = await openConsole(t)
  const as = admin.session
  const listener = (await sluice.client.call('GET', `/v1/listeners/${listenerId}`, { as })).json

  await t.test('a list of 10,000 runs goes on as it is scrolled, and keeps what is in sight alone', async (t) => {
    const database = openDatabase({ url: sluice.databaseUrl, poolSize: 1 })
    t.teardown(() => database.close())
    await database.pool.query(
      `insert into run (id, workspace_id, listener_id, flow_id, flow_version, mode, status, account_id, request_id,
         caller, input, started_at, finished_at)
       select 'run_many' || lpad(n::text, 18, '0'), $1, $2, $3, 1, 'sync', 'succeeded', $4::text, 'req_' || n,
         json_build_object('kind', 'basic', 'id', $4::text, 'name', 'Ada'), '{}', now() - n * interval '1 second', now()
       from generate_series(1, $5) n`,
      [listener.workspaceId, listenerId, listener.flowId, admin.id, RUNS]
    )
    const { page, expectClean } = await open({ as: admin, path: `/runs?workspace=${listener.workspaceId}` })
    await shown(page, 'Runs')
    const rows = page.getByRole('table', { name: 'Runs', exact: true }).getByRole('row')
    for (let count = 0; count < PAGES_READ; count++) {
      const loaded = page.waitForResponse((response) => response.url().includes('cursor='))
      await page.mouse.wheel(0, 50_000)
      await loaded
    }
    await page.mouse.wheel(0, 50_000)
    await page.locator(`a[href$="${String(PAGES_READ * 50).padStart(18, '0')}"]`).waitFor()
    t.ok((await rows.count()) <= KEPT_MAX, 'rows out of sight are not kept')
    await page.evaluate('scrollTo(0, 0)')
    await rows.nth(1).getByRole('link').first().waitFor()
    await expectClean(t, 'a long list')
  })

  await t.test('owners read the log of their workspace, and everybody that of their account', async (t) => {
    const { page, expectClean } = await open({
      as: admin,
      path: `/workspace?workspace=${listener.workspaceId}&tab=audit`
    })
    const log = page.getByRole('table', { name: 'Audit log' })
    const created = log.getByRole('row').filter({ hasText: 'Listener created' })
    await created.filter({ hasText: 'Price lookup' }).waitFor()
    await expectClean(t, 'the log of a workspace')
    await page.getByRole('combobox', { name: 'Action', exact: true }).selectOption({ label: 'Flow created' })
    await created.waitFor({ state: 'detached' })
    t.ok(page.url().includes('tab=audit') && page.url().includes('action=flow.created'))

    const mary = await sluice.client.signUp('Mary')
    const own = await open({ as: mary, path: '/account?tab=activity' })
    await own.page.getByRole('table', { name: 'Audit log' }).getByText('Account created').waitFor()
    await own.expectClean(t, 'the log of an account')
    await own.page.goto(at('/workspace?tab=audit'))
    await own.page.getByRole('table', { name: 'Audit log' }).getByText('Workspace created').waitFor()
  })
})
