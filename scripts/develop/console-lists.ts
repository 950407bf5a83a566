import type { Browser, Page } from 'playwright-core'
import pg from 'pg'
import { processEnvironment, readConfig } from '../../src/config.ts'
import { liven } from './console/liven.ts'
import { tasksWhile } from './console/main-thread.ts'
import { openBrowser, signIn } from './console/open-browser.ts'
import { runSeed, type Person } from './console/run-seed.ts'
import { withFreshGateway } from './console/start-fresh.ts'
import { openSeedDatabase } from './seed/open-database.ts'
import { seedId } from './seed/rows.ts'

// npm run console:lists: opens each list of the console by its link, from the data of the seed, and says how long its
// first rows take; then scrolls through 10,000 runs, and says how long the page is busy without a break. Ends with 1
// where a list takes more than 400 ms, or a task of scrolling more than 100 ms of a processor. A list is opened in
// several browsers that hold nothing yet, and the shortest time counts: the others say how busy the machine is.

const READY_MS = 400
const TASK_MS = 100
const ROUNDS = 4
const RUNS = 10_000
const SCROLLS = 100
const SCROLL_PX = 1500
const SCROLL_PAUSE_MS = 100

const LISTS = ['Tokens', 'Requests', 'Runs', 'Flows', 'Listeners', 'Customers', 'Events']
const ADMIN_LISTS = ['Accounts', 'All tokens', 'Audit log']

await withFreshGateway(async (gateway) => {
  const seeded = await runSeed(gateway)
  await liven({ url: gateway.url, ...seeded })
  await addRuns(gateway.dataDir)
  const browser = await openBrowser()
  try {
    await measureLists(browser, gateway.url, seeded, LISTS)
    await measureLists(browser, gateway.url, gateway.admin, ADMIN_LISTS)
    await measureScrolling(browser, gateway.url, seeded)
  } finally {
    await browser.close()
  }
})

async function measureLists(browser: Browser, url: string, person: Person, lists: readonly string[]): Promise<void> {
  const opened: { list: string; ms: number; cpuMs: number }[] = []
  for (let round = 0; round < ROUNDS; round++) {
    const page = await signedIn(browser, url, person)
    for (const list of lists) {
      let ms = 0
      const tasks = await tasksWhile(browser, async () => {
        ms = await readyAfter(page, list)
      })
      opened.push({ list, ms, cpuMs: tasks.reduce((sum, { cpuMs }) => sum + cpuMs, 0) })
    }
    await page.context().close()
  }
  for (const list of lists) {
    const times = opened.filter((each) => each.list === list)
    const [least = 0, ...others] = times.map(({ ms }) => Math.round(ms)).sort((a, b) => a - b)
    const cpu = Math.round(Math.min(...times.map(({ cpuMs }) => cpuMs)))
    console.log(`${list.padEnd(12)}${String(least).padStart(5)} ms, ${cpu} of a processor   (${others.join(', ')})`)
    if (least > READY_MS) process.exitCode = 1
  }
}

/** Milliseconds from a click on a link of the navigation to the first row of its list. */
function readyAfter(page: Page, list: string): Promise<number> {
  return page.evaluate<number>(`new Promise((done) => {
    const links = [...document.querySelectorAll('nav a')]
    const rows = () => document.querySelector('table[aria-label="${list}"] td a, table[aria-label="${list}"] td time')
    const startedAt = performance.now()
    links.find((link) => link.textContent.trim() === '${list}').click()
    const look = () => rows() ? done(performance.now() - startedAt) : requestAnimationFrame(look)
    look()
  })`)
}

async function measureScrolling(browser: Browser, url: string, person: Person): Promise<void> {
  const page = await signedIn(browser, url, person)
  await page.goto(`${url}/console/runs?range=30d`)
  const rows = page.getByRole('table', { name: 'Runs', exact: true }).getByRole('row')
  await rows.nth(1).waitFor()
  const tasks = await tasksWhile(browser, async () => {
    for (let scrolled = 0; scrolled < SCROLLS; scrolled++) {
      await page.mouse.wheel(0, SCROLL_PX)
      await page.waitForTimeout(SCROLL_PAUSE_MS)
    }
  })
  const [longest = { cpuMs: 0, wallMs: 0 }] = tasks
  const height = await page.evaluate<number>('Math.round(scrollY)')
  console.log(
    `Scrolling ${height} pixels of ${RUNS} runs: the longest task ${Math.round(longest.cpuMs)} ms of a processor, ` +
      `${Math.round(longest.wallMs)} ms of time`
  )
  if (longest.cpuMs > TASK_MS) process.exitCode = 1
}

async function signedIn(browser: Browser, url: string, person: Person): Promise<Page> {
  const context = await browser.newContext({ viewport: { width: 1280, height: 800 } })
  const page = await context.newPage()
  await page.goto(`${url}/console/sign-in`)
  await signIn(page, person)
  await page.waitForLoadState('networkidle')
  return page
}

/** Adds the runs of a long list, as copies of the first run of the seed. */
async function addRuns(dataDir: string): Promise<void> {
  const server = await openSeedDatabase(readConfig({ ...processEnvironment(process.cwd()), DATA_DIR: dataDir }), false)
  const client = new pg.Client(server.url)
  await client.connect()
  try {
    await client.query(
      `insert into run (id, workspace_id, listener_id, flow_id, flow_version, mode, status, account_id, request_id,
         caller, input, started_at, finished_at)
       select 'run_more' || lpad(n::text, 18, '0'), workspace_id, listener_id, flow_id, flow_version, mode, status,
         account_id, 'req_' || n, caller, input, now() - n * interval '1 minute', now() - n * interval '1 minute'
       from run, generate_series(1, $2::int) n where run.id = $1`,
      [seedId('run', 1, 0), RUNS]
    )
  } finally {
    await client.end()
    await server.stop()
  }
}
