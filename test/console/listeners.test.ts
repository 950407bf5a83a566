import t from 'tap'
import { inBrowser, openConsole } from './fixtures/open-console.ts'
import { eventually, shown } from './fixtures/pages.ts'

t.test('a listener from its creation to its end', inBrowser, async (t) => {
  const { admin, at, listenerId, open, sluice } = await openConsole(t)
  const { client } = sluice
  const as = admin.session
  const demo = (await client.call('GET', `/v1/listeners/${listenerId}`, { as })).json
  const { token } = (
    await client.call('POST', '/v1/tokens', { as, body: { name: 'first', days: 1, password: admin.password } })
  ).json
  const { page, expectClean } = await open({ as: admin })

  await t.test('creating one: what is missing is told at its field, then its page has the URL', async (t) => {
    await page.goto(at(`/listeners?workspace=${demo.workspaceId}`))
    await page.getByRole('link', { name: 'Price lookup', exact: true }).waitFor()
    await expectClean(t, 'listeners')
    await page.getByRole('link', { name: 'Create listener', exact: true }).click()
    await shown(page, 'Create listener')
    await page.getByRole('button', { name: 'Create listener', exact: true }).click()
    await page.getByText('Enter a name.').waitFor()
    await page.getByText('Choose the flow that it runs.').waitFor()
    await page.getByLabel('Name', { exact: true }).fill('Prices')
    await page.getByLabel('Flow', { exact: true }).selectOption(demo.flowId)
    await page.getByRole('checkbox', { name: 'GET', exact: true }).check()
    await page.getByText('Limits').click()
    await page.getByLabel('Calls (optional)').fill('1000')
    await page.getByLabel('Per seconds (optional)').fill('60')
    await page.getByRole('button', { name: 'Create listener', exact: true }).click()
    await shown(page, 'Prices')
    const id = new URL(page.url()).pathname.split('/').at(-1) ?? ''
    const made = (await client.call('GET', `/v1/listeners/${id}`, { as })).json
    t.strictSame(made.methods, ['GET'])
    t.strictSame(made.rateLimit, { limit: 1000, windowSeconds: 60 })
    const field = page.getByRole('textbox', { name: 'URL', exact: true })
    t.equal(await field.inputValue(), made.url)
    t.not(await field.getAttribute('readonly'), null)
  })

  await t.test('the test bench sends with the token alone, and says why a call was refused', async (t) => {
    const sent: { cookie: string | undefined; authorization: string | undefined }[] = []
    page.on('request', async (request) => {
      if (!request.url().includes('/v1/dynamic/')) return
      const headers = await request.allHeaders()
      sent.push({ cookie: headers['cookie'], authorization: headers['authorization'] })
    })
    await page.getByRole('tab', { name: 'Try it', exact: true }).click()
    const value = page.getByRole('textbox', { name: 'Query value', exact: true })
    await eventually(t, () => value.inputValue(), 'A-100', 'an example')
    const missing = page.getByText('Paste a token, or choose another credential.')
    await page.getByRole('tab', { name: 'Try it', exact: true }).focus()
    await page.keyboard.press('?')
    const shortcuts = page.getByRole('dialog', { name: 'Keyboard shortcuts' })
    await shortcuts.waitFor()
    await page.keyboard.press('Control+Enter')
    await page.keyboard.press('Escape')
    await shortcuts.waitFor({ state: 'detached' })
    t.equal(await missing.count(), 0, 'the key in a dialog sends nothing')
    await page.getByRole('button', { name: 'Send', exact: true }).click()
    await missing.waitFor()
    await page.getByRole('combobox', { name: 'Credential', exact: true }).selectOption({ label: 'This token' })
    await page.getByRole('textbox', { name: 'Token', exact: true }).fill(token)
    await page.getByRole('button', { name: 'Send', exact: true }).click()
    const answer = page.getByRole('region', { name: 'Answer', exact: true })
    await answer.getByText('200', { exact: true }).waitFor()
    await answer.getByText('"sku"').waitFor()
    t.strictSame(sent, [{ cookie: undefined, authorization: `Bearer ${token}` }])
    await expectClean(t, 'the test bench')

    await page.getByRole('switch', { name: 'Enabled', exact: true }).click()
    await page.getByRole('status').filter({ hasText: 'Switched off' }).waitFor()
    await page.getByRole('button', { name: 'Send', exact: true }).click()
    await answer.getByText('403', { exact: true }).waitFor()
    await answer
      .getByText(/switched off/)
      .first()
      .waitFor()
    await page.getByRole('switch', { name: 'Enabled', exact: true }).click()
    await page.getByRole('status').filter({ hasText: 'Enabled' }).waitFor()
    await page.keyboard.press('Control+Enter')
    await answer.getByRole('link', { name: 'Open the run', exact: true }).click()
    await shown(page, 'Run of price-lookup')
    t.notOk(
      (await page.evaluate<string>('JSON.stringify([{ ...localStorage }, { ...sessionStorage }])')).includes(token)
    )
    await page.goBack()
  })

  await t.test('an editor tries it as themselves without a credential, and the run says so', async (t) => {
    const { page, expectClean } = await open({ as: admin, path: `/listeners/${listenerId}?tab=try` })
    await page.getByRole('combobox', { name: 'Credential', exact: true }).selectOption({ label: 'As customer…' })
    await page.getByRole('textbox', { name: 'Customer id', exact: true }).fill('nobody')
    await page.getByRole('button', { name: 'Send', exact: true }).click()
    const answer = page.getByRole('region', { name: 'Answer', exact: true })
    await answer.getByText('404', { exact: true }).waitFor()
    await page.getByRole('combobox', { name: 'Credential', exact: true }).selectOption({ label: 'As myself' })
    await page.getByRole('button', { name: 'Send', exact: true }).click()
    await answer.getByText('200', { exact: true }).waitFor()
    await expectClean(t, 'a try')
    await answer.getByRole('link', { name: 'Open the run', exact: true }).click()
    await shown(page, 'Run of price-lookup')
    await page.getByText('Ada, as a try', { exact: true }).waitFor()
  })

  await t.test('its calls, who may call it, and its settings', async (t) => {
    await page.getByRole('tab', { name: 'Calls', exact: true }).click()
    await page.getByRole('table', { name: 'Requests', exact: true }).getByText('answered').first().waitFor()
    await page.getByRole('tab', { name: 'Who may call', exact: true }).click()
    await page.getByRole('table', { name: 'Your tokens', exact: true }).getByText('first').waitFor()
    await expectClean(t, 'who may call')
    await page.getByRole('tab', { name: 'Settings', exact: true }).click()
    await page.getByRole('radio', { name: 'Later (202)', exact: true }).check()
    await page.getByRole('button', { name: 'Save settings', exact: true }).click()
    await page.getByRole('status').filter({ hasText: 'Settings saved' }).waitFor()
    await page.getByText('answers later (202)').waitFor()
    await expectClean(t, 'the settings')
    await page.getByRole('button', { name: 'Delete…', exact: true }).click()
    const asking = page.getByRole('alertdialog', { name: 'Delete Prices?' })
    await asking.getByRole('button', { name: 'Delete listener', exact: true }).click()
    await shown(page, 'Listeners')
    await page.getByRole('link', { name: 'Price lookup', exact: true }).waitFor()
    await page.getByRole('link', { name: 'Prices', exact: true }).waitFor({ state: 'detached' })
  })

  await t.test('a token for one listener is shown once, on its own page', async (t) => {
    await page.goto(at(`/listeners/${listenerId}`))
    await page.getByRole('link', { name: 'Create URL token…', exact: true }).click()
    await shown(page, 'Create URL token')
    await expectClean(t, 'a URL token to be')
    await page.getByLabel('Your password', { exact: true }).fill(admin.password)
    await page.getByRole('button', { name: 'Create URL token', exact: true }).click()
    await page.getByRole('heading', { level: 2, name: 'Copy your token now', exact: true }).waitFor()
    t.match(await page.getByRole('textbox', { name: 'Token', exact: true }).inputValue(), /^slc_/)
  })
})
