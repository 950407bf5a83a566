import { TOTP } from 'otpauth'
import type { Page } from 'playwright-core'
import t from 'tap'
import { inBrowser, openConsole } from './fixtures/open-console.ts'
import { eventually } from './fixtures/pages.ts'

t.test('my account', inBrowser, async (t) => {
  const { at, open, sluice } = await openConsole(t)

  await t.test(
    'a second factor: set up in the page, asked for at sign-in, and its codes stay until stored',
    async (t) => {
      const person = await sluice.client.signUp('Grace')
      const { page, expectClean } = await open({ as: person, path: '/account' })
      await press(page, 'Set up a second factor')
      await page.getByLabel('Your password', { exact: true }).fill('not the password')
      await press(page, 'Set up a second factor')
      await page.getByText('This is not your password.').waitFor()
      await page.getByLabel('Your password', { exact: true }).fill(person.password)
      await press(page, 'Set up a second factor')
      await page.getByRole('img', { name: 'QR code for your authenticator app', exact: true }).waitFor()
      const codes = await page.getByRole('list', { name: 'Recovery codes' }).getByRole('listitem').allInnerTexts()
      t.equal(codes.length, 10)
      await expectClean(t, 'the set-up')

      const field = page.getByRole('textbox', { name: 'Code from the app', exact: true })
      await field.fill('000000')
      await press(page, 'Turn on')
      await page.locator('[aria-invalid=true]').waitFor()
      await field.fill(codeOf(await page.locator('code').first().innerText()))
      await press(page, 'Turn on')
      await page.getByRole('heading', { name: 'Second factor is on', exact: true }).waitFor()
      t.equal(await page.getByRole('list', { name: 'Recovery codes' }).count(), 1, 'the codes were not stored yet')
      await page.getByRole('tab', { name: 'Profile', exact: true }).click()
      const asking = page.getByRole('alertdialog', { name: 'Leave without storing the codes?' })
      await asking.getByRole('button', { name: 'Stay', exact: true }).click()
      await page.getByLabel('I have stored the codes').click()
      await page.getByRole('list', { name: 'Recovery codes' }).waitFor({ state: 'detached' })
      await expectClean(t, 'the second factor is on')

      await page.context().clearCookies()
      await page.goto(at('/account'))
      await page.getByLabel('E-mail', { exact: true }).fill(person.email)
      await page.getByLabel('Password', { exact: true }).fill(person.password)
      await press(page, 'Sign in')
      await page.getByLabel('Code', { exact: true }).fill(codes[0] ?? '')
      await press(page, 'Sign in')
      await page.getByRole('heading', { level: 1, name: 'Account', exact: true }).waitFor()
    }
  )

  await t.test('the name, the password and the choices of this browser', async (t) => {
    const person = await sluice.client.signUp('Mary')
    const { page } = await open({ as: person, path: '/account' })
    await page.getByLabel('Name', { exact: true }).fill('Mary S.')
    await press(page, 'Save profile')
    await page.getByRole('status').filter({ hasText: 'Profile saved' }).waitFor()
    const { json } = await sluice.client.call('GET', '/v1/account', { as: person.session })
    t.equal(json.name, 'Mary S.')

    await page.getByRole('tab', { name: 'Password', exact: true }).click()
    await page.getByLabel('Your password', { exact: true }).fill(person.password)
    await page.getByLabel('New password', { exact: true }).fill('password1')
    await press(page, 'Change password')
    await page.getByText(/^This password /).waitFor()
    await page.getByLabel('New password', { exact: true }).fill('another pass phrase of Mary')
    await press(page, 'Change password')
    await page.getByRole('status').filter({ hasText: 'Password changed' }).waitFor()
    await eventually(t, () => page.getByLabel('New password', { exact: true }).inputValue(), '')

    await page.getByRole('tab', { name: 'Preferences', exact: true }).click()
    await page.getByRole('switch', { name: 'Single-letter keys', exact: true }).click()
    await page.locator('h1').click()
    await page.keyboard.press('?')
    t.equal(await page.getByRole('dialog').count(), 0, 'the key does nothing now')
    await page.getByRole('radio', { name: 'UTC', exact: true }).check()
    await eventually(t, () => page.evaluate('localStorage.getItem("sluice.times")'), 'utc')
  })
})

function codeOf(secret: string): string {
  return new TOTP({ secret }).generate()
}

async function press(page: Page, name: string): Promise<void> {
  await page
    .getByRole('button', { name, exact: true })
    .or(page.getByRole('link', { name, exact: true }))
    .click()
}
