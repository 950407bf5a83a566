import t from 'tap'
import { inBrowser, openConsole } from './fixtures/open-console.ts'

t.test('the log of what was done', inBrowser, async (t) => {
  const { admin, at, listenerId, open, sluice } = await openConsole(t)
  const as = admin.session
  const listener = (await sluice.client.call('GET', `/v1/listeners/${listenerId}`, { as })).json

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
