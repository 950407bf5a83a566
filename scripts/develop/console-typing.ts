import { openBrowser, signIn } from './console/open-browser.ts'
import { tasksWhile } from './console/main-thread.ts'
import { withFreshGateway } from './console/start-fresh.ts'

// npm run console:typing: opens a flow of 500 steps in the builder, types into its text and into a form, and says how
// long the page was busy without a break. Ends with 1 where a task takes more than 100 ms of a processor: what it takes
// of the clock is more on a busy machine.

const STEPS = 500
const LIMIT_MS = 100
const KEY_MS = 60
/** Milliseconds after the last key in which the draft is kept and the text is checked. */
const AFTER_MS = 1500

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
    const type = async (what: string, text: string): Promise<void> => {
      const tasks = await tasksWhile(browser, async () => {
        await page.keyboard.type(text, { delay: KEY_MS })
        await page.waitForTimeout(AFTER_MS)
      })
      const [longest = { cpuMs: 0, wallMs: 0 }] = tasks
      const [cpu, wall] = [longest.cpuMs, longest.wallMs].map(Math.round)
      console.log(`${what}: ${text.length} keys, the longest task ${cpu} ms of a processor, ${wall} ms of time`)
      if (longest.cpuMs > LIMIT_MS) process.exitCode = 1
    }
    await page.getByRole('textbox', { name: 'Flow as YAML', exact: true }).click()
    await page.keyboard.press('Control+Home')
    await type('In a comment of the text', `# ${'typing '.repeat(8)}`)
    await page.keyboard.press('Control+End')
    await type('In a new step of the text', '  - last:\n  set: { a: 1 }')
    await page.getByRole('treeitem', { name: 'step250', exact: true }).click()
    await page.getByRole('textbox', { name: 'Value of number', exact: true }).click()
    await type('In a form', '1'.repeat(15))
    await page.getByRole('textbox', { name: 'Flow as YAML', exact: true }).click()
    await page.keyboard.press('Control+End')
    await type('In a text with a fault', `\n"${'open '.repeat(5)}`)
  } finally {
    await browser.close()
  }
})
