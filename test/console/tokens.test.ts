import { execFile } from 'node:child_process'
import { promisify } from 'node:util'
import type { Page } from 'playwright-core'
import t from 'tap'
import { inBrowser, openConsole, type Console } from './fixtures/open-console.ts'
import { eventually } from './fixtures/pages.ts'

const TOKEN = /^slc_[0-9A-Za-z]{60}$/

t.test('a token from its creation to its end', inBrowser, async (t) => {
  const console = await openConsole(t)
  const { admin, at, listenerId, open, sluice } = console
  const { page, expectClean, requests } = await open({ as: admin, permissions: ['clipboard-read', 'clipboard-write'] })
  await page.goto(at('/tokens'))
  await page.getByText('No tokens yet.').waitFor()
  await expectClean(t, 'no tokens')
  let token = ''

  await t.test('an empty form is refused in the page: each error at its field, the first one focused', async (t) => {
    await page.getByRole('link', { name: 'Create token', exact: true }).first().click()
    await heading(page, 1, 'Create token')
    await page.getByLabel('Ends', { exact: true }).waitFor()
    for (const name of ['Opaque', 'JWT']) await page.getByRole('radio', { name, exact: true }).waitFor()
    await page.getByRole('button', { name: 'Create token', exact: true }).click()
    await page.getByText('Enter your password.').waitFor()
    for (const name of ['Name', 'Your password']) {
      const field = page.getByLabel(name, { exact: true })
      t.equal(await field.getAttribute('aria-invalid'), 'true', name)
      const [described = ''] = (await field.getAttribute('aria-describedby'))?.split(' ') ?? []
      t.match(await page.locator(`[id="${described}"]`).innerText(), /^Enter /)
    }
    const first = await page.getByLabel('Name', { exact: true }).getAttribute('id')
    await eventually(t, () => page.evaluate('document.activeElement.id'), first)
    t.notOk(requests.some((request) => request.startsWith('POST')))
    await expectClean(t, 'a form with errors')
  })

  await t.test('a wrong confirming password is told at its field, and the name stays', async (t) => {
    await page.getByLabel('Name', { exact: true }).fill('first')
    await page.getByLabel('Your password', { exact: true }).fill('not my password')
    await page.getByRole('button', { name: 'Create token', exact: true }).click()
    await page.getByText('This is not your password.').waitFor()
    t.equal(await page.getByLabel('Name', { exact: true }).inputValue(), 'first')
  })

  await t.test('the token is shown once, in the page and nowhere else', async (t) => {
    await page.getByLabel('Your password', { exact: true }).fill(admin.password)
    await page.getByRole('button', { name: 'Create token', exact: true }).click()
    await heading(page, 2, 'Copy your token now')
    const field = page.getByRole('textbox', { name: 'Token', exact: true })
    token = await field.inputValue()
    t.match(token, TOKEN)
    t.not(await field.getAttribute('readonly'), null)
    t.match(new URL(page.url()).pathname, /^\/console\/tokens\/tok_/)
    t.notOk(
      (
        await page.evaluate<string>(
          'location.href + JSON.stringify([history.state, { ...localStorage }, { ...sessionStorage }])'
        )
      ).includes(token)
    )
    await expectClean(t, 'a new token')

    await page.getByRole('link', { name: 'Home', exact: true }).click()
    const asking = page.getByRole('alertdialog', { name: 'Leave without storing the token?' })
    await asking.getByRole('button', { name: 'Leave', exact: true }).waitFor()
    await asking.getByRole('button', { name: 'Stay', exact: true }).click()
    t.equal(await field.inputValue(), token)

    await page.getByRole('button', { name: 'Copy token', exact: true }).click()
    await page.getByRole('button', { name: 'Copied', exact: true }).waitFor()
    await page.getByRole('status').filter({ hasText: 'Token copied' }).waitFor()
    t.equal(await page.evaluate('navigator.clipboard.readText()'), token)
  })

  await t.test(
    'the examples hold the call: pasted into a shell, curl is answered and the call arrives on the page',
    async (t) => {
      const panel = page
        .getByRole('tabpanel')
        .filter({ has: page.getByRole('button', { name: 'Copy', exact: true }) })
        .last()
      const languages = page.getByRole('tablist', { name: 'Language' })
      for (const language of ['JavaScript', 'Python', 'Postman', 'curl']) {
        await languages.getByRole('tab', { name: language, exact: true }).click()
        const holdsCall = async () => {
          const text = await panel.getByRole('region').innerText()
          return text.includes(`/v1/dynamic/listener/${listenerId}`) && text.includes(token)
        }
        await eventually(t, holdsCall, true, language)
      }
      const curl = await panel.getByRole('region').filter({ hasText: 'curl ' }).innerText()
      const { stdout } = await promisify(execFile)('sh', ['-c', curl])
      t.match(JSON.parse(stdout), { sku: 'A-100' })
      const calls = page.getByRole('region', { name: 'Calls as they arrive' })
      const row = calls.getByRole('row').filter({ hasText: 'Price lookup' })
      await row.getByText('200', { exact: true }).waitFor()
      t.match(await row.getByRole('link').getAttribute('href'), /^\/console\/runs\/run_/)
      await page.getByLabel('Put the token in while it is shown').uncheck()
      await panel.getByRole('region').filter({ hasText: '$TOKEN' }).waitFor()
    }
  )

  await t.test('a secret that was confirmed as stored is gone from the page, and stays gone', async (t) => {
    await page.getByLabel('I have stored it').check()
    await page.getByRole('button', { name: 'Done', exact: true }).click()
    await page.getByRole('heading', { name: 'Copy your token now' }).waitFor({ state: 'detached' })
    t.notOk((await page.content()).includes(token))
    await page.reload()
    await heading(page, 1, 'first')
    const content = await page.content()
    t.notOk(content.includes(token))
    t.ok(content.includes(token.slice(0, 12)))
  })

  await t.test('a refused call is told with its reason and the request id of its answer', async (t) => {
    const narrow = await createToken(console, { name: 'narrow', scope: { workspaces: [admin.workspaceId] } })
    await page.goto(at(`/tokens/${narrow.id}`))
    const calls = page.getByRole('region', { name: 'Calls as they arrive' })
    await calls.waitFor()
    const answer = await sluice.client.call('GET', `/v1/dynamic/listener/${listenerId}?sku=A-100`, { as: narrow.token })
    t.equal(answer.status, 404)
    await calls.getByRole('row').filter({ hasText: 'refused' }).waitFor()
    await page.getByRole('tab', { name: 'Refused calls', exact: true }).click()
    const row = page
      .getByRole('table', { name: 'Refused calls' })
      .getByRole('row')
      .filter({ hasText: 'listener_not_in_scope' })
    t.match(await row.innerText(), /may call/)
    t.match(await row.innerText(), 'listener_not_in_scope')
    t.match(await row.innerText(), answer.json.requestId)
    await expectClean(t, 'refused calls')
  })

  await t.test('the list: filters live in the URL, what ends soon is noted', async (t) => {
    await createToken(console, { name: 'soon', days: 3 })
    await createToken(console, { name: 'endless', days: 0 })
    await page.goto(at('/tokens'))
    const table = page.getByRole('table', { name: 'Tokens' })
    for (const name of ['Name', 'Starts with', 'May call', 'Last used', 'Ends'])
      await table.getByRole('columnheader', { name, exact: true }).waitFor()
    const rowOf = (name: string) =>
      table.getByRole('row').filter({ has: page.getByRole('link', { name, exact: true }) })
    await rowOf('first')
      .getByText(`${token.slice(0, 12)}…`)
      .waitFor()
    t.ok(await rowOf('first').locator('time[datetime]').count())
    await rowOf('endless').getByText('never', { exact: true }).waitFor()
    await rowOf('soon').getByText('in 3 days').waitFor()
    await page.getByText('1 token ends within 14 days').waitFor()
    await page.getByRole('button', { name: 'Show them', exact: true }).waitFor()
    await expectClean(t, 'tokens')

    await page.getByRole('searchbox', { name: 'Search tokens' }).fill('firs')
    await rowOf('soon').waitFor({ state: 'detached' })
    t.equal(new URL(page.url()).search, '?q=firs')
    await page.reload()
    await rowOf('first').waitFor()
    t.equal(await rowOf('soon').count(), 0)
    await page.goBack()
    await rowOf('soon').waitFor()
    t.equal(new URL(page.url()).search, '')
  })

  await t.test('revoking asks, with Cancel focused, and ends the token at once', async (t) => {
    const { token: gone } = await createToken(console, { name: 'gone' })
    await page.goto(at('/tokens'))
    await page.getByRole('button', { name: 'Actions for gone', exact: true }).click()
    await expectClean(t, 'an open menu')
    await page.getByRole('menuitem', { name: 'Revoke…', exact: true }).click()
    const asking = page.getByRole('alertdialog', { name: 'Revoke gone?' })
    await asking.getByText('refused from the next one on').waitFor()
    await asking.locator('button:focus', { hasText: 'Cancel' }).waitFor()
    await expectClean(t, 'the question')
    await asking.getByRole('button', { name: 'Revoke token', exact: true }).click()
    await asking.waitFor({ state: 'detached' })
    t.equal((await sluice.client.call('GET', `/v1/dynamic/listener/${listenerId}?sku=A-100`, { as: gone })).status, 401)

    await page.getByRole('button', { name: 'Revoked', exact: true }).click()
    await page.getByRole('table', { name: 'Tokens' }).getByRole('link', { name: 'gone', exact: true }).waitFor()
    t.equal(await page.getByRole('button', { name: 'Revoked', exact: true }).getAttribute('aria-pressed'), 'true')
    t.equal(new URL(page.url()).searchParams.get('state'), 'revoked')
    await page.getByRole('link', { name: 'first', exact: true }).waitFor({ state: 'detached' })
  })

  await t.test('several at once need their number typed', async (t) => {
    const pair = [await createToken(console, { name: 'one' }), await createToken(console, { name: 'two' })]
    await page.goto(at('/tokens'))
    for (const name of ['one', 'two']) await page.getByRole('checkbox', { name: `Select ${name}`, exact: true }).check()
    await page.getByRole('button', { name: 'Revoke 2 tokens…', exact: true }).click()
    const asking = page.getByRole('alertdialog')
    const revoke = asking.getByRole('button', { name: 'Revoke tokens', exact: true })
    t.ok(await revoke.isDisabled())
    await asking.getByRole('textbox', { name: 'Type 2 to confirm', exact: true }).fill('2')
    await revoke.click()
    await asking.waitFor({ state: 'detached' })
    for (const each of pair)
      t.equal(
        (await sluice.client.call('GET', `/v1/dynamic/listener/${listenerId}?sku=A-100`, { as: each.token })).status,
        401
      )
  })

  await t.test('rotation: both work, until the old one is revoked', async (t) => {
    await page.goto(at('/tokens'))
    await page.getByRole('button', { name: 'Actions for first', exact: true }).click()
    await page.getByRole('menuitem', { name: 'Rotate…', exact: true }).click()
    await heading(page, 1, 'Rotate first')
    await expectClean(t, 'the rotation form')
    await page.getByLabel('Old token keeps working for', { exact: true }).selectOption('1 hour')
    await page.getByLabel('Your password', { exact: true }).fill(admin.password)
    await page.getByRole('button', { name: 'Rotate token', exact: true }).click()
    await heading(page, 2, 'Copy your token now')
    const next = await page.getByRole('textbox', { name: 'Token', exact: true }).inputValue()
    const answered = async (as: string) =>
      (await sluice.client.call('GET', `/v1/dynamic/listener/${listenerId}?sku=A-100`, { as })).status
    t.strictSame([await answered(token), await answered(next)], [200, 200])
    const rotation = page.getByRole('region', { name: 'Rotation' })
    for (const name of [/^Old /, /^New /]) await rotation.getByRole('row', { name }).waitFor()
    await expectClean(t, 'a rotation')
    await rotation.getByRole('button', { name: 'Revoke the old token now…', exact: true }).click()
    const asking = page.getByRole('alertdialog', { name: 'Revoke the old token?' })
    await asking.getByText('something still calls with it').waitFor()
    await asking.getByRole('button', { name: 'Revoke', exact: true }).click()
    await asking.waitFor({ state: 'detached' })
    t.strictSame([await answered(token), await answered(next)], [401, 200])
  })

  await t.test('a token that is switched off is refused until it is on again', async (t) => {
    const { id, token: as } = await createToken(console, { name: 'paused' })
    const status = async () =>
      (await sluice.client.call('GET', `/v1/dynamic/listener/${listenerId}?sku=A-100`, { as })).status
    await page.goto(at(`/tokens/${id}?tab=settings`))
    await page.getByRole('switch', { name: 'Enabled', exact: true }).click()
    await page.getByRole('textbox', { name: /^Description/ }).fill('The import of each night.')
    await page.getByRole('textbox', { name: /^Metadata/ }).fill('team=shop')
    await expectClean(t, 'the settings')
    await page.getByRole('button', { name: 'Save settings', exact: true }).click()
    await page.getByText('It is switched off').waitFor()
    t.equal(await status(), 401)
    t.match((await sluice.client.call('GET', `/v1/tokens/${id}`, { as: admin.session })).json, {
      enabled: false,
      description: 'The import of each night.',
      metadata: { team: 'shop' }
    })
    await page.getByRole('button', { name: 'Switch it on', exact: true }).click()
    await page.getByText('It is switched off').waitFor({ state: 'detached' })
    t.equal(await status(), 200)
  })

  await t.test('a management token is made with its permissions, and has no page of calls', async (t) => {
    await page.goto(at('/tokens/new'))
    await page.getByLabel('Name', { exact: true }).fill('pipeline')
    await page.getByRole('radio', { name: 'Manages', exact: true }).check()
    await page.getByLabel('Your password', { exact: true }).fill(admin.password)
    await page.getByRole('button', { name: 'Create token', exact: true }).click()
    await page.getByText('Choose at least one permission.').waitFor()
    await page.getByLabel('flows:read', { exact: true }).check()
    await expectClean(t, 'a management token')
    await page.getByRole('button', { name: 'Create token', exact: true }).click()
    await heading(page, 1, 'pipeline')
    const made = await page.getByRole('textbox', { name: 'Token', exact: true }).inputValue()
    t.match(made, /^slm_[0-9A-Za-z]{60}$/)
    t.equal(await page.getByRole('tab', { name: 'Calls', exact: true }).count(), 0)
    await page.getByText('flows:read').waitFor()
    await page.getByLabel('I have stored it').check()
    t.equal((await sluice.client.call('GET', `/v1/workspaces/${admin.workspaceId}/flows`, { as: made })).status, 200)
  })
})

function heading(page: Page, level: number, name: string): Promise<void> {
  return page.getByRole('heading', { level, name, exact: true }).waitFor()
}

async function createToken(
  { sluice, admin }: Console,
  fields: Record<string, unknown>
): Promise<{ id: string; token: string }> {
  const { json } = await sluice.client.call('POST', '/v1/tokens', {
    as: admin.session,
    body: { days: 30, password: admin.password, ...fields }
  })
  return json
}
