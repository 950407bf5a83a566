import t from 'tap'
import { inBrowser, openConsole } from './fixtures/open-console.ts'

t.test('signing in', inBrowser, async (t) => {
  const { at, admin, open, sluice } = await openConsole(t)

  await t.test(
    'a signed-out visit comes back to the page it asked for, and no password dialog of the browser opens',
    async (t) => {
      const { page, expectClean } = await open()
      const asked = await countNativeDialogs(page)
      await page.goto(at('/tokens'))
      await page.getByRole('heading', { level: 1, name: 'Sign in to Sluice' }).waitFor()
      t.equal(new URL(page.url()).pathname, '/console/sign-in')
      t.equal(new URL(page.url()).searchParams.get('next'), '/tokens')
      await expectClean(t, 'sign-in')

      await page.getByLabel('E-mail', { exact: true }).fill(admin.email)
      await page.getByLabel('Password', { exact: true }).fill('not the password')
      await page.getByRole('button', { name: 'Sign in', exact: true }).click()
      await page.getByRole('alert').filter({ hasText: 'E-mail or password is wrong.' }).waitFor()
      t.equal(await page.getByLabel('E-mail', { exact: true }).inputValue(), admin.email)
      await page.locator('input[name=password]:focus').waitFor()

      await page.getByLabel('Password', { exact: true }).fill(admin.password)
      await page.getByRole('button', { name: 'Sign in', exact: true }).click()
      await page.getByRole('heading', { level: 1, name: 'Tokens' }).waitFor()
      t.equal(asked(), 0)
      const [cookie] = await page.context().cookies()
      t.match(cookie, { httpOnly: true })
      const kept = await page.evaluate<string>(
        'JSON.stringify([{ ...localStorage }, { ...sessionStorage }, history.state])'
      )
      t.notMatch(kept, /sls_|slc_|eyJ/)
    }
  )

  await t.test('the link of the first start signs in once, and its code stays nowhere', async (t) => {
    const code = sluice.services.signInCodes.issue(admin.id).reveal()
    const { page, requests } = await open({ path: `/welcome#${code}` })
    await page.getByRole('heading', { level: 1, name: 'Home' }).waitFor()
    t.match(await page.context().cookies(), [{ httpOnly: true }])
    t.notOk(requests.some((request) => request.includes(code)))
    await page.goBack()
    t.notOk(page.url().includes(code))
    const other = await open({ path: `/welcome#${code}` })
    await other.page.getByRole('alert').filter({ hasText: 'Sign in with your password.' }).waitFor()
    t.notOk(other.page.url().includes(code))
    await other.expectClean(t, 'a used link')
    await other.page.getByRole('link', { name: 'Sign in with your password', exact: true }).click()
    await other.page.getByRole('heading', { level: 1, name: 'Sign in to Sluice' }).waitFor()
  })

  await t.test('an address of another site in `next` leads to the Home page', async () => {
    const { page } = await open({ path: '/sign-in?next=//example.com/x' })
    await page.getByLabel('E-mail', { exact: true }).fill(admin.email)
    await page.getByLabel('Password', { exact: true }).fill(admin.password)
    await page.getByRole('button', { name: 'Sign in', exact: true }).click()
    await page.getByRole('heading', { level: 1, name: 'Home' }).waitFor()
    const started = page.getByRole('region', { name: 'Get started' })
    await started.getByRole('link', { name: 'Create a token', exact: true }).waitFor()
    await started.getByRole('link', { name: 'Call a listener', exact: true }).waitFor()
  })

  await t.test('a new account sees no pages of admins', async (t) => {
    const { page, expectClean } = await open({ path: '/sign-up' })
    await page.getByLabel('Name', { exact: true }).fill('Grace')
    await page.getByLabel('E-mail', { exact: true }).fill('grace@example.com')
    await page.getByLabel('Password', { exact: true }).fill('short')
    await page.getByRole('button', { name: 'Create account', exact: true }).click()
    await page.getByText('At least 8 characters.').waitFor()
    await expectClean(t, 'sign-up')
    await page.getByLabel('Password', { exact: true }).fill('a long pass phrase of Grace')
    await page.getByRole('button', { name: 'Create account', exact: true }).click()
    await page.getByRole('heading', { level: 1, name: 'Home' }).waitFor()
    await page.getByRole('button', { name: /^Account: .*@/ }).waitFor()
    const links = await page.getByRole('navigation', { name: 'Main' }).getByRole('link').allInnerTexts()
    t.ok(links.includes('Tokens'))
    t.notOk(links.some((name) => ['Accounts', 'All tokens', 'Audit log'].includes(name)))
    await page.goto(at('/admin/tokens'))
    await page.getByRole('heading', { level: 1, name: 'Not for this account' }).waitFor()
    await expectClean(t, 'not for this account')
  })

  await t.test('a session that ends under way asks on the page, and what was typed stays', async (t) => {
    const person = await sluice.client.signUp('Mary')
    const { page } = await open({ as: person, path: '/tokens/new' })
    const asked = await countNativeDialogs(page)
    await page.getByLabel('Name', { exact: true }).fill('kept')
    await page.getByLabel('Your password', { exact: true }).fill(person.password)
    await sluice.client.call('DELETE', '/v1/sessions/current', { as: person.session })
    await page.getByRole('button', { name: 'Create token', exact: true }).click()
    const dialog = page.getByRole('dialog', { name: 'Sign in again' })
    await dialog.waitFor()
    await dialog.getByLabel('Password', { exact: true }).fill(person.password)
    await dialog.getByRole('button', { name: 'Sign in', exact: true }).click()
    await page.getByRole('heading', { level: 1, name: 'kept' }).waitFor()
    t.equal(asked(), 0)
  })
})

/** How often the browser would have opened its own password dialog. */
async function countNativeDialogs(page: import('playwright-core').Page): Promise<() => number> {
  let asked = 0
  const devtools = await page.context().newCDPSession(page)
  devtools.on(
    'Fetch.requestPaused',
    ({ requestId }) => void devtools.send('Fetch.continueRequest', { requestId }).catch(() => undefined)
  )
  devtools.on('Fetch.authRequired', ({ requestId }) => {
    asked += 1
    void devtools.send('Fetch.continueWithAuth', { requestId, authChallengeResponse: { response: 'CancelAuth' } })
  })
  await devtools.send('Fetch.enable', { handleAuthRequests: true, patterns: [{ urlPattern: '*' }] })
  return () => asked
}
