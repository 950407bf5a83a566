import { openBrowser, signIn } from './console/open-browser.ts'
import { withFreshGateway } from './console/start-fresh.ts'

// npm run console:typing: opens a flow of 500 steps in the builder, types into its text and into a form, and says how
// long the page was busy without a break (long tasks of the browser). Ends with 1 where one is over 100 ms.

const STEPS = 500
const LIMIT_MS = 100
const KEYS = 60

const text = [
  'document: { dsl: 1.0.3, namespace: default, name: five-hundred, version: 1.0.0 }',
  'do:',
  ...Array.from(
    { length: STEPS },
    (_, index) => `  # the step ${index}\n  - step${index}:\n      set: { number: ${index}, text: '\${ .text }' }`
  ),
  ''
].join('\n')

await withFreshGateway(async ({ url, admin }) => {
  const browser = await openBrowser()
  try {
    const page = await browser.newPage({ viewport: { width: 1280, height: 800 } })
    await page.goto(`${url}/console`)
    await signIn(page, admin)
    const id = await page.evaluate<string, string>(async (source) => {
      const headers = { 'X-Requested-With': 'sluice-console' }
      const list = await fetch('/v1/workspaces', { headers })
      const { items } = (await list.json()) as { items: { id: string }[] }
      const made = await fetch(`/v1/workspaces/${items[0]?.id}/flows`, {
        method: 'POST',
        headers: { ...headers, 'Content-Type': 'application/yaml' },
        body: source
      })
      return ((await made.json()) as { id: string }).id
    }, text)
    await page.goto(`${url}/console/flows/${id}`)
    await page.getByRole('treeitem', { name: `step${STEPS - 1}`, exact: true }).waitFor()
    await page.evaluate(`(() => {
      globalThis.longTasks = []
      const seen = (list) => longTasks.push(...list.getEntries().map((each) => each.duration))
      new PerformanceObserver(seen).observe({ type: 'longtask' })
    })()`)

    const longest = async (what: string): Promise<void> => {
      const tasks = await page.evaluate<number[]>('longTasks.splice(0)')
      const most = Math.round(Math.max(0, ...tasks))
      console.log(`${what}: ${tasks.length} tasks over 50 ms, the longest ${most} ms`)
      if (most > LIMIT_MS) process.exitCode = 1
    }
    const editor = page.getByRole('textbox', { name: 'Flow as YAML', exact: true })
    await editor.click()
    await page.keyboard.press('Control+Home')
    await page.keyboard.type(`# ${'typing '.repeat(KEYS / 7)}`, { delay: 60 })
    await longest(`${KEYS} keys in the text`)
    await page.getByRole('treeitem', { name: 'step250', exact: true }).click()
    const value = page.getByRole('textbox', { name: 'Value of number', exact: true })
    await value.click()
    await page.keyboard.type('1'.repeat(KEYS / 4), { delay: 60 })
    await longest(`${KEYS / 4} keys in a form`)
  } finally {
    await browser.close()
  }
})
