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
  { path: '/schedules', heading: 'Schedules' },
  { path: '/secrets', heading: 'Secrets' },
  { path: '/customers', heading: 'Customers' },
  { path: '/customers/test-token', heading: 'Make a test token' },
  { path: '/customers/cus_none', heading: 'Not found' },
  { path: '/actions', heading: 'Actions' },
  { path: '/actions/new', heading: 'Create action' },
  { path: '/actions/act_none', heading: 'Not found' },
  { path: '/events', heading: 'Events' },
  { path: '/inspect', heading: 'Token inspector' },
  { path: '/workspace', heading: 'Workspace settings' },
  { path: '/workspace?tab=members', heading: 'Workspace settings' },
  { path: '/workspace?tab=tokens', heading: 'Workspace settings' },
  { path: '/workspace/new', heading: 'Create workspace' },
  { path: '/account', heading: 'Account' },
  { path: '/account?tab=password', heading: 'Account' },
  { path: '/account?tab=second-factor', heading: 'Account' },
  { path: '/account?tab=sessions', heading: 'Account' },
  { path: '/account?tab=preferences', heading: 'Account' },
  { path: '/admin/accounts', heading: 'Accounts' },
  { path: '/admin/tokens', heading: 'All tokens' },
  { path: '/admin/audit', heading: 'Audit log' },
  { path: '/admin/keys', heading: 'Keys' },
  { path: '/nothing/here', heading: 'Not found' },
  { path: '/tokens/tok_none', heading: 'Not found' }
]

t.test('every page in both schemes, wide and narrow', inBrowser, async (t) => {
  const { admin, at, open, sluice } = await openConsole(t)

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

  await t.test('the navigation offers an admin every page, and everybody else those that are theirs', async (t) => {
    const everybody = [
      ...['Home', 'Tokens', 'Requests', 'Runs'],
      ...['Flows', 'Listeners', 'Schedules', 'Secrets'],
      ...['Customers', 'Actions', 'Events'],
      'Token inspector'
    ]
    const offered = async (page: Page): Promise<string[]> => {
      await shown(page, 'Home')
      return page.getByRole('navigation', { name: 'Main' }).getByRole('link').allInnerTexts()
    }
    const { page } = await open({ as: admin, path: '' })
    t.strictSame(await offered(page), [...everybody, 'Accounts', 'All tokens', 'Audit log'])
    await page.keyboard.press('Control+k')
    await page.getByRole('combobox', { name: 'Search' }).fill('audit')
    await page.keyboard.press('Enter')
    await shown(page, 'Audit log')

    const grace = await sluice.client.signUp('Grace')
    const { page: hers } = await open({ as: grace, path: '' })
    t.strictSame(await offered(hers), everybody)
    for (const path of ['accounts', 'tokens', 'audit', 'keys']) {
      await hers.goto(at(`/admin/${path}`))
      await shown(hers, 'Not for this account')
    }
  })

  await t.test('a new account is told on each page what would be there', async () => {
    const mary = await sluice.client.signUp('Mary')
    const { page } = await open({ as: mary })
    const empty: Record<string, string> = {
      '/flows': 'No flows yet',
      '/runs': 'No runs',
      '/listeners': 'No listeners yet',
      '/secrets': 'No secrets yet',
      '/customers': 'A customer appears the first time',
      '/actions': 'No actions yet',
      '/events': 'No events yet',
      '/schedules': 'No published flow has a schedule'
    }
    for (const [path, text] of Object.entries(empty)) {
      await page.goto(at(path))
      await page.getByText(text).first().waitFor()
    }
  })
})

function shown(page: Page, name: string): Promise<void> {
  return page.getByRole('heading', { level: 1, name, exact: true }).waitFor()
}
