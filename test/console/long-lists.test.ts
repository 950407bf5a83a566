import t from 'tap'
import { openDatabase } from '../../src/platform/db/client.ts'
import { inBrowser, openConsole } from './fixtures/open-console.ts'
import { shown } from './fixtures/pages.ts'

const RUNS = 10_000
const PAGE = 50
const PAGES_READ = 8
/** Rows that a list keeps, in sight and around it, however many it has. */
const KEPT_MAX = 300

t.test('10,000 runs scroll without a stall', inBrowser, async (t) => {
  const { admin, listenerId, open, sluice } = await openConsole(t)
  const as = admin.session
  const listener = (await sluice.client.call('GET', `/v1/listeners/${listenerId}`, { as })).json
  const database = openDatabase({ url: sluice.databaseUrl, poolSize: 1 })
  t.teardown(() => database.close())
  await database.pool.query(
    `insert into run (id, workspace_id, listener_id, flow_id, flow_version, mode, status, account_id, request_id,
       caller, input, started_at, finished_at)
     select 'run_many' || lpad(n::text, 18, '0'), $1, $2, $3, 1, 'sync', 'succeeded', $4::text, 'req_' || n,
       json_build_object('kind', 'basic', 'id', $4::text, 'name', 'Ada'), '{}', now() - n * interval '1 second', now()
     from generate_series(1, $5::int) n`,
    [listener.workspaceId, listenerId, listener.flowId, admin.id, RUNS]
  )
  const { page, expectClean, requests } = await open({ as: admin, path: `/runs?workspace=${listener.workspaceId}` })
  await shown(page, 'Runs')
  const table = page.getByRole('table', { name: 'Runs', exact: true })
  const run = (n: number) => table.locator(`a[href$="many${String(n).padStart(18, '0')}"]`)
  const rows = table.getByRole('row')

  await t.test('each page is read once, when its place is near, and rows out of sight are not kept', async (t) => {
    for (let read = 1; read <= PAGES_READ; read++) {
      // The last row of a page is there: only then is there something to scroll to.
      await run(read * PAGE).waitFor()
      t.ok((await rows.count()) <= KEPT_MAX, `${await rows.count()} rows after ${read} pages`)
      if (read < PAGES_READ) await page.mouse.wheel(0, 100_000)
    }
    const pages = requests.filter((request) => request.includes('/v1/runs?') && request.includes('cursor='))
    t.equal(new Set(pages).size, pages.length, 'no page is read twice')
  })

  await t.test('scrolling back shows the rows that were read, without reading them again', async (t) => {
    const before = requests.filter((request) => request.includes('cursor=')).length
    await page.evaluate('scrollTo(0, 0)')
    await run(1).waitFor()
    await page.waitForFunction('scrollY === 0')
    t.equal(requests.filter((request) => request.includes('cursor=')).length, before)
    t.ok((await rows.count()) <= KEPT_MAX)
    await expectClean(t, 'a long list')
  })

  await t.test('a frame of scrolling makes no more rows than a screen and its surroundings have', async (t) => {
    const most = await page.evaluate<number>(`new Promise((done) => {
      let most = 0
      const observer = new MutationObserver((changes) => {
        most = Math.max(most, changes.reduce((sum, { addedNodes }) =>
          sum + [...addedNodes].filter((node) => node.nodeName === 'TR').length, 0))
      })
      observer.observe(document.querySelector('table[aria-label=Runs]'), { childList: true, subtree: true })
      let y = 0
      const step = () => {
        y += 1000
        scrollTo(0, y)
        if (y < ${PAGES_READ - 1} * ${PAGE} * 35) requestAnimationFrame(step)
        else { observer.disconnect(); done(most) }
      }
      requestAnimationFrame(step)
    })`)
    t.ok(most <= 4 * PAGE, `${most} rows at once`)
  })
})
