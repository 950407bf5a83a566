import t from 'tap'
import { inBrowser, openConsole } from './fixtures/open-console.ts'
import { confirmPassword, unconfirmed } from './fixtures/pages.ts'

t.test('pages of admins', inBrowser, async (t) => {
  const { admin, at, listenerId, open, sluice } = await openConsole(t)
  const grace = await sluice.client.signUp('Grace')
  const create = async (name: string) =>
    (
      await sluice.client.call('POST', '/v1/tokens', {
        as: grace.session,
        body: { name, days: 30, password: grace.password }
      })
    ).json as { id: string; token: string; start: string }
  const leaked = await create('leaked')
  await create('kept')

  await t.test(
    'a leaked token that is pasted is cut before it is sent, found, and revoked with a reason',
    async (t) => {
      const { page, expectClean, requests } = await open({ as: admin, path: '/admin/tokens' })
      const kept = page.getByRole('row').filter({ has: page.getByText('kept', { exact: true }) })
      await kept.waitFor()
      await expectClean(t, 'all tokens')
      await page.getByRole('textbox', { name: 'Starts with', exact: true }).fill(leaked.token)
      await kept.waitFor({ state: 'detached' })
      const rows = page.getByRole('table', { name: 'All tokens' }).getByRole('row')
      await rows.filter({ hasText: grace.email }).waitFor()
      t.equal(await rows.count(), 2, 'the head and one token')
      t.notOk(requests.some((request) => request.includes(leaked.token.slice(0, 13))))
      t.ok(page.url().includes(leaked.start))
      t.notOk((await page.content()).includes(leaked.token))

      await page.getByRole('button', { name: 'Revoke…', exact: true }).click()
      const asking = page.getByRole('alertdialog', { name: 'Revoke 1 token?' })
      const revoke = asking.getByRole('button', { name: 'Revoke token', exact: true })
      t.equal(await revoke.isDisabled(), true, 'a reason is needed')
      await expectClean(t, 'the question')
      await asking.getByRole('textbox', { name: 'Reason', exact: true }).fill('Found in public')
      await revoke.click()
      await page.getByText(/1 token revoked in/).waitFor()
      const answer = await sluice.client.call('GET', `/v1/dynamic/listener/${listenerId}?sku=A-100`, {
        as: leaked.token
      })
      t.equal(answer.status, 401)

      await page.getByRole('link', { name: 'Its line in the audit log', exact: true }).click()
      await page.getByRole('heading', { level: 1, name: 'Audit log', exact: true }).waitFor()
      const line = page.getByRole('table', { name: 'Audit log' }).getByRole('row').filter({ hasText: 'Token revoked' })
      await line.filter({ hasText: 'Found in public' }).waitFor()
      await line.filter({ hasText: admin.email }).waitFor()
    }
  )

  await t.test('the audit log is filtered by what happened and to what, in the URL', async (t) => {
    const { page, expectClean } = await open({ as: admin, path: '/admin/audit' })
    await page.getByRole('row').filter({ hasText: 'Token created' }).first().waitFor()
    await expectClean(t, 'the audit log')
    await page.getByRole('combobox', { name: 'Action', exact: true }).selectOption({ label: 'Token revoked' })
    await page.getByRole('textbox', { name: 'Target', exact: true }).fill(leaked.id)
    await page.waitForURL((url) => url.search.includes('action=token.revoked') && url.search.includes(leaked.id))
    await page.getByRole('row').filter({ hasText: 'Token created' }).first().waitFor({ state: 'detached' })
    await page.getByText('leaked: Found in public').waitFor()
    t.equal(await page.getByRole('table', { name: 'Audit log' }).getByRole('row').count(), 2)
    await page.getByText('leaked: Found in public').click()
    await page.getByRole('button', { name: 'Copy request id', exact: true }).waitFor()
    await page.getByRole('textbox', { name: 'Target', exact: true }).fill('tok_none')
    await page.getByRole('button', { name: 'Clear filters', exact: true }).click()
    await page.getByRole('row').filter({ hasText: 'Token created' }).first().waitFor()
  })

  await t.test('an account is suspended after a question, and restored; nobody can do it to themselves', async (t) => {
    const { page, expectClean } = await open({ as: admin, path: '/admin/accounts' })
    await page.getByRole('button', { name: `Actions for ${admin.email}`, exact: true }).click()
    await page.getByRole('menuitem', { name: 'Show tokens', exact: true }).waitFor()
    t.equal(await page.getByRole('menuitem', { name: /Suspend|Make/ }).count(), 0)
    await page.keyboard.press('Escape')
    await page.getByRole('button', { name: `Actions for ${grace.email}`, exact: true }).click()
    await page.getByRole('menuitem', { name: 'Suspend…', exact: true }).click()
    await page
      .getByRole('alertdialog', { name: `Suspend ${grace.email}?` })
      .getByRole('button', { name: 'Suspend account', exact: true })
      .click()
    const row = page.getByRole('row').filter({ hasText: grace.email })
    await row.getByText('suspended', { exact: true }).waitFor()
    await expectClean(t, 'accounts')
    t.equal((await sluice.client.call('GET', '/v1/account', { as: grace.session })).status, 401)
    await page.getByRole('combobox', { name: 'State', exact: true }).selectOption({ label: 'Suspended' })
    await page.getByRole('row').filter({ hasText: admin.email }).waitFor({ state: 'detached' })
    await page.getByRole('button', { name: `Actions for ${grace.email}`, exact: true }).click()
    await page.getByRole('menuitem', { name: 'Restore…', exact: true }).click()
    await page.getByRole('alertdialog').getByRole('button', { name: 'Restore account', exact: true }).click()
    await page.getByText('Nothing fits these filters.').waitFor()
  })

  await t.test(
    'a workspace is stopped with a reason; its members read it and are told; it goes on again',
    async (t) => {
      const mary = await sluice.client.signUp('Mary')
      const { page, expectClean } = await open({ as: admin, path: '/admin/accounts' })
      await page.getByRole('link', { name: 'Workspaces', exact: true }).click()
      const rows = page.getByRole('table', { name: 'Workspaces' }).getByRole('row')
      const others = rows.filter({ hasText: admin.email }).first()
      await others.waitFor()
      await page.getByRole('searchbox', { name: 'Search workspaces' }).fill(mary.email)
      await others.waitFor({ state: 'detached' })
      await page.getByRole('button', { name: /^Suspend .*…$/ }).click()
      const asking = page.getByRole('alertdialog')
      const suspend = asking.getByRole('button', { name: 'Suspend workspace', exact: true })
      t.equal(await suspend.isDisabled(), true, 'a reason is needed')
      await asking.getByRole('textbox', { name: 'Reason', exact: true }).fill('attacks others')
      await suspend.click()
      await rows.filter({ hasText: 'suspended' }).filter({ hasText: 'attacks others' }).waitFor()
      await expectClean(t, 'workspaces')

      const { page: hers } = await open({ as: mary, path: '/secrets' })
      await hers.getByText('is suspended by an admin').waitFor()
      t.equal(await hers.getByRole('button', { name: 'Add secret', exact: true }).count(), 0)
      await page.getByRole('button', { name: /^Resume .*…$/ }).click()
      await asking.getByRole('button', { name: 'Resume workspace', exact: true }).click()
      await rows.filter({ hasText: 'running' }).waitFor()
    }
  )

  await t.test('a signing key is rotated, and secrets are sealed again', async (t) => {
    const { page, expectClean } = await open({ as: await unconfirmed(sluice.client, admin), path: '/admin/keys' })
    await page.getByRole('button', { name: 'Rotate signing key…', exact: true }).click()
    await page.getByRole('alertdialog').getByRole('button', { name: 'Rotate signing key', exact: true }).click()
    await confirmPassword(page, admin)
    await page.getByRole('alertdialog').waitFor({ state: 'detached' })
    await page.getByRole('table', { name: 'Signing keys' }).getByText('signs', { exact: true }).waitFor()
    await page.getByRole('button', { name: 'Seal again', exact: true }).click()
    await page.getByRole('status').filter({ hasText: 'sealed again with key' }).waitFor()
    await expectClean(t, 'keys')
  })

  await t.test('the inspector shows which check a token fails, and stores nothing of the token', async (t) => {
    const { page, expectClean } = await open({ as: admin, path: '/inspect' })
    const field = page.getByLabel('Token', { exact: true })
    t.equal(await field.getAttribute('type'), 'password')
    await field.fill((await revokedToken()).token)
    await page.getByRole('button', { name: 'Inspect', exact: true }).click()
    const failed = page
      .getByRole('list', { name: 'Checks' })
      .getByRole('listitem')
      .filter({ hasText: /revocation failed/ })
    await failed.filter({ hasText: 'Create a new token.' }).waitFor()
    t.equal(page.url(), at('/inspect'))
    const kept = await page.evaluate<string>(
      'JSON.stringify([{ ...localStorage }, { ...sessionStorage }, history.state])'
    )
    t.notMatch(kept, /slc_/)
    await expectClean(t, 'a revoked token')
    const customer = `${part({ alg: 'HS256' })}.${part({ id: 'user-1', exp: 1 })}.c2lnbmF0dXJl`
    await field.fill(customer)
    await page.getByRole('button', { name: 'Inspect', exact: true }).click()
    await page.getByRole('region', { name: 'Payload of the JWT' }).filter({ hasText: 'user-1' }).waitFor()
    await page.getByRole('list', { name: 'Checks' }).getByText('names a workspace (iss)', { exact: true }).waitFor()
    await page.getByRole('button', { name: 'Clear', exact: true }).click()
    await page.getByRole('list', { name: 'Checks' }).waitFor({ state: 'detached' })
    t.equal(await field.inputValue(), '')
  })

  async function revokedToken(): Promise<{ token: string }> {
    const { json } = await sluice.client.call('POST', '/v1/tokens', {
      as: admin.session,
      body: { name: 'gone', days: 1, password: admin.password }
    })
    await sluice.client.call('DELETE', `/v1/tokens/${json.id}`, { as: admin.session })
    return json
  }
})

function part(value: object): string {
  return Buffer.from(JSON.stringify(value)).toString('base64url')
}
