import t from 'tap'
import { inBrowser, openConsole } from './fixtures/open-console.ts'
import { eventually, pressTogether, shown, titled } from './fixtures/pages.ts'

t.test('the frame around every page', inBrowser, async (t) => {
  const { admin, open, sluice } = await openConsole(t)

  await t.test('by keys alone: skip to the content, jump to a page, see the shortcuts', async (t) => {
    const { page, expectClean } = await open({ as: admin, path: '/tokens' })
    await shown(page, 'Tokens')
    await page.keyboard.press('Tab')
    t.equal(await page.evaluate('document.activeElement.textContent'), 'Skip to content')
    await page.keyboard.press('Enter')
    const focused = () => page.evaluate('document.activeElement.tagName')
    await eventually(t, focused, 'MAIN')
    await page.keyboard.press('Control+k')
    await page.getByRole('combobox', { name: 'Search' }).fill('create tok')
    await expectClean(t, 'the search')
    await page.keyboard.press('Enter')
    await shown(page, 'Create token')
    await eventually(t, focused, 'H1', 'the focus follows')
    await titled(page, 'Create token · Sluice')
    await page.keyboard.press('?')
    const shortcuts = page.getByRole('dialog', { name: 'Keyboard shortcuts' })
    await shortcuts.waitFor()
    await expectClean(t, 'the shortcuts')
    await page.keyboard.press('Escape')
    await shortcuts.waitFor({ state: 'detached' })
    await page.keyboard.press('g')
    await page.keyboard.press('t')
    await shown(page, 'Tokens')
    const search = page.getByRole('searchbox', { name: 'Search tokens' })
    await search.waitFor()
    await page.keyboard.press('/')
    await eventually(t, () => page.evaluate('document.activeElement.getAttribute("aria-label")'), 'Search tokens')
    await page.keyboard.type('g t ?')
    await eventually(t, () => search.inputValue(), 'g t ?')
  })

  await t.test('keys right behind the one that opens a dialog are no shortcuts of the page below', async (t) => {
    const { page } = await open({ as: admin, path: '/flows' })
    await shown(page, 'Flows')
    await pressTogether(page, { key: 'k', ctrlKey: true }, 'g', 't')
    await page.getByRole('combobox', { name: 'Search' }).fill('create tok')
    t.equal(new URL(page.url()).pathname, '/console/flows')
  })

  await t.test('a credential that is pasted into the search is cut before it is sent', async (t) => {
    const { page, requests } = await open({ as: admin, path: '' })
    const { json } = await sluice.client.call('POST', '/v1/tokens', {
      as: admin.session,
      body: { name: 'pasted', days: 1, password: admin.password }
    })
    await shown(page, 'Home')
    // Until the account is known, the search leads to one's own tokens.
    await page.getByRole('link', { name: 'All tokens', exact: true }).waitFor()
    await page.keyboard.press('Control+k')
    await page.getByRole('combobox', { name: 'Search' }).fill(json.token)
    await page.getByRole('option', { name: `Find tokens that start with ${json.start}`, exact: true }).click()
    await page.getByRole('cell', { name: 'pasted', exact: true }).waitFor()
    t.equal(new URL(page.url()).searchParams.get('start'), json.start)
    t.notOk(requests.some((request) => request.includes(json.token.slice(0, 13))))
  })

  await t.test('a chosen scheme is there before the first paint, and kept', async (t) => {
    const { page } = await open({ as: admin, path: '', colorScheme: 'light' })
    await page.getByRole('button', { name: `Account: ${admin.email}`, exact: true }).click()
    await page.getByRole('menuitemcheckbox', { name: 'Dark', exact: true }).click()
    await page.waitForFunction('getComputedStyle(document.documentElement).colorScheme === "dark"')
    // Of the next load only the classic script runs: nothing but it can have set the scheme.
    await page.route('**/*.js', (route) =>
      route.request().url().includes('/theme.js') ? route.continue() : route.abort()
    )
    await page.reload()
    t.equal(await page.evaluate('getComputedStyle(document.documentElement).colorScheme'), 'dark')
  })

  await t.test('a gateway that does not answer is told, and the page goes on by itself', async (t) => {
    const { page } = await open({ as: admin, path: '/tokens' })
    await shown(page, 'Tokens')
    await page.context().setOffline(true)
    await page.getByRole('link', { name: 'Home', exact: true }).click()
    await page.getByRole('alert').filter({ hasText: 'The gateway does not answer.' }).waitFor()
    await page.context().setOffline(false)
    await page.getByRole('alert').filter({ hasText: 'The gateway does not answer.' }).waitFor({ state: 'detached' })
    await shown(page, 'Home')
    t.equal(await page.getByRole('alert').count(), 0)
  })

  await t.test('signing out leaves nothing to go back to', async (t) => {
    const person = await sluice.client.signUp('Mary')
    const { page } = await open({ as: person, path: '/tokens' })
    await shown(page, 'Tokens')
    await page.getByRole('button', { name: `Account: ${person.email}`, exact: true }).click()
    await page.getByRole('menuitem', { name: 'Sign out', exact: true }).click()
    await shown(page, 'Sign in to Sluice')
    await page.goBack()
    await shown(page, 'Sign in to Sluice')
    t.equal((await sluice.client.call('GET', '/v1/account', { as: person.session })).status, 401)
  })
})
