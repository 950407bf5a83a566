import t from 'tap'
import { inBrowser, openConsole } from './fixtures/open-console.ts'
import { addMember } from '../fixtures/members.ts'
import { confirmPassword, shown, unconfirmed } from './fixtures/pages.ts'

t.test('policies', inBrowser, async (t) => {
  const { admin, at, listenerId, open, sluice } = await openConsole(t)
  const { client } = sluice
  const as = admin.session
  const { workspaceId } = (await client.call('GET', `/v1/listeners/${listenerId}`, { as })).json

  await t.test('an admin sets the policy of the installation, which takes the password', async (t) => {
    const { page, expectClean } = await open({ as: await unconfirmed(client, admin), path: '/admin/accounts' })
    await page.getByRole('link', { name: 'Policy', exact: true }).click()
    await shown(page, 'Policy')
    await page.getByLabel('Longest life of a token in days').fill('0')
    await page.getByRole('button', { name: 'Save policy', exact: true }).click()
    await page.getByText('Enter a whole number from 1 to 36,500, or nothing.').waitFor()
    await expectClean(t, 'a policy with an error')
    await page.getByLabel('Longest life of a token in days').fill('90')
    await page.getByLabel('Tokens that never end', { exact: true }).selectOption('No')
    await page.getByLabel('Domains of e-mails').fill('example.com\nshop.example')
    await page.getByRole('button', { name: 'Save policy', exact: true }).click()
    await confirmPassword(page, admin)
    await page.getByRole('status').filter({ hasText: 'Policy saved' }).waitFor()
    t.strictSame((await client.call('GET', '/v1/admin/policy', { as })).json, {
      maxDays: 90,
      allowUnlimited: false,
      signupDomains: ['example.com', 'shop.example']
    })
    await page.getByLabel('Domains of e-mails').fill('not a domain@')
    await page.getByRole('button', { name: 'Save policy', exact: true }).click()
    await page.locator('textarea[aria-invalid=true]').waitFor()

    await page.goto(at('/tokens/new'))
    await page.getByLabel('Name', { exact: true }).fill('too long')
    await page.getByLabel('Ends', { exact: true }).selectOption('in 365 days')
    await page.getByLabel('Your password', { exact: true }).fill(admin.password)
    await page.getByRole('button', { name: 'Create token', exact: true }).click()
    await page.getByText(/a token may live for at most 90 days/).waitFor()
    t.equal(await page.getByLabel('Name', { exact: true }).inputValue(), 'too long')
  })

  await t.test('an owner sets the policy of a workspace, and people who may not change it see its rules', async (t) => {
    const { page, expectClean } = await open({ as: admin, path: `/workspace?workspace=${workspaceId}` })
    await page.getByRole('tab', { name: 'Policy', exact: true }).click()
    await page.getByLabel('Days without use until a token is revoked').fill('30')
    await page.getByRole('checkbox', { name: 'Second factor required' }).waitFor()
    await expectClean(t, 'the policy of a workspace')
    await page.getByRole('button', { name: 'Save policy', exact: true }).click()
    await page.getByRole('status').filter({ hasText: 'Policy saved' }).waitFor()
    t.strictSame((await client.call('GET', `/v1/workspaces/${workspaceId}/policy`, { as })).json, { unusedDays: 30 })

    const viewer = await client.signUp('Viewer')
    await addMember(client, admin, viewer, 'viewer', workspaceId)
    const theirs = await open({ as: viewer, path: `/workspace?workspace=${workspaceId}&tab=policy` })
    await theirs.page.getByText('Tokens that are not used for 30 days are revoked.').waitFor()
    t.equal(await theirs.page.getByRole('button', { name: 'Save policy', exact: true }).count(), 0)
    await theirs.expectClean(t, 'rules in words')
  })
})
