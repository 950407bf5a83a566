import type { Page } from 'playwright-core'
import t from 'tap'
import { inBrowser, openConsole } from './fixtures/open-console.ts'

/** Each page, by the heading that says it is there. */
const PAGES = [
  { path: '', heading: 'Home' },
  { path: '/tokens', heading: 'Tokens' },
  { path: '/tokens/new', heading: 'Create token' },
  { path: '/requests', heading: 'Requests' },
  { path: '/runs', heading: 'Runs' },
  { path: '/runs?tab=given-up', heading: 'Runs' },
  { path: '/flows', heading: 'Flows' },
  { path: '/flows/new', heading: 'Create flow' },
  { path: '/listeners', heading: 'Listeners' },
  { path: '/listeners/new', heading: 'Create listener' },
  { path: '/nothing/here', heading: 'Not found' },
  { path: '/tokens/tok_none', heading: 'Not found' }
]

t.test('every page in both schemes, wide and narrow', inBrowser, async (t) => {
  const { admin, at, open } = await openConsole(t)

  for (const colorScheme of ['light', 'dark'] as const) {
    for (const width of [1280, 390]) {
      await t.test(`every page is clean: ${colorScheme}, ${width} wide`, async (t) => {
        const { page, expectClean } = await open({ as: admin, colorScheme, viewport: { width, height: 800 } })
        for (const { path, heading } of PAGES) {
          await page.goto(at(path))
          await shown(page, heading)
          await expectClean(t, path)
        }
        if (width > 700) return
        await page.getByRole('button', { name: 'Menu', exact: true }).click()
        const menu = page.getByRole('dialog', { name: 'Menu' })
        await expectClean(t, 'the menu')
        await menu.getByRole('link', { name: 'Tokens', exact: true }).click()
        await shown(page, 'Tokens')
        await menu.waitFor({ state: 'detached' })
      })
    }
  }
})

function shown(page: Page, name: string): Promise<void> {
  return page.getByRole('heading', { level: 1, name, exact: true }).waitFor()
}
