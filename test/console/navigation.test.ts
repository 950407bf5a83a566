import type { Page } from 'playwright-core'
import t from 'tap'
import { inBrowser, openConsole } from './fixtures/open-console.ts'
import { eventually, shown } from './fixtures/pages.ts'

t.test('the way to every page', inBrowser, async (t) => {
  const { admin, at, open, sluice } = await openConsole(t)

  await t.test('the navigation offers an admin every page, and everybody else those that are theirs', async (t) => {
    const everybody = [
      ...['Home', 'Tokens', 'Requests', 'Runs'],
      ...['Flows', 'Listeners', 'Schedules', 'Secrets'],
      ...['Customers', 'Actions', 'Events'],
      'Token inspector'
    ]
    const offers = async (page: Page, names: string[]): Promise<void> => {
      const links = page.getByRole('navigation', { name: 'Main' }).getByRole('link')
      await shown(page, 'Home')
      // Until the account is known, the pages of admins are left out.
      await page.getByRole('button', { name: /^Account: .*@/ }).waitFor()
      await eventually(t, () => links.allInnerTexts(), names)
    }
    const { page } = await open({ as: admin, path: '' })
    await offers(page, [...everybody, 'Accounts', 'All tokens', 'Audit log'])
    await page.keyboard.press('Control+k')
    await page.getByRole('combobox', { name: 'Search' }).fill('audit')
    await page.keyboard.press('Enter')
    await shown(page, 'Audit log')

    const grace = await sluice.client.signUp('Grace')
    const { page: hers } = await open({ as: grace, path: '' })
    await offers(hers, everybody)
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
