import type { Page } from 'playwright-core'
import t from 'tap'
import { addMember } from '../fixtures/members.ts'
import { inBrowser, openConsole } from './fixtures/open-console.ts'
import { eventually } from './fixtures/pages.ts'

t.test('a flow in the console: its text, its versions, and what listeners run', inBrowser, async (t) => {
  const { admin, at, listenerId, open, sluice } = await openConsole(t)
  const { client } = sluice
  const as = admin.session
  const { flowId, workspaceId } = (await client.call('GET', `/v1/listeners/${listenerId}`, { as })).json
  const readFlow = async () => (await client.call('GET', `/v1/flows/${flowId}`, { as })).json
  const { page, expectClean } = await open({ as: admin })
  const yaml = page.getByRole('textbox', { name: 'Flow as YAML', exact: true })
  const save = page.getByRole('button', { name: 'Save version', exact: true })

  await t.test('the text of a flow, judged while it is written; undo takes a fault back', async (t) => {
    await page.goto(at(`/flows?workspace=${workspaceId}`))
    await page.getByRole('link', { name: 'price-lookup', exact: true }).click()
    await shown(page, 'price-lookup')
    await yaml.getByText('findProduct').waitFor()
    await page.getByRole('status').filter({ hasText: 'Valid' }).waitFor()
    await expectClean(t, 'a flow')
    // That nobody could look at the text is no fault of it: it is asked again.
    const outage = { status: 503, headers: { 'Retry-After': '1' }, body: '' }
    await page.route('**/v1/flows/validate', (route) => route.fulfill(outage), { times: 1 })
    await replace(page, 'call: http', 'cal: http')
    await page
      .getByRole('status')
      .filter({ hasText: /^1 fault$/ })
      .waitFor()
    const faults = page.getByRole('list', { name: 'Faults', exact: true })
    await faults
      .getByText(/^Line \d+/)
      .first()
      .waitFor()
    await eventually(t, () => save.isDisabled(), true)
    await expectClean(t, 'a flow with a fault')
    await page.keyboard.press('Control+z')
    await page.getByRole('status').filter({ hasText: 'Valid' }).waitFor()
    await eventually(t, () => save.isDisabled(), true, 'there is nothing to save')
  })

  await t.test('saving makes a version, publishing has listeners run it', async (t) => {
    await toEnd(page)
    await replace(page, 'on order', 'on its way')
    await page.getByText(/Draft on version 1, kept in this browser/).waitFor()
    await page.reload()
    await page.getByText(/Draft on version 1, kept in this browser/).waitFor()
    await toEnd(page)
    await yaml.getByText('on its way').waitFor()
    await page.getByRole('status').filter({ hasText: 'Valid' }).waitFor()
    await save.click()
    await page.getByRole('status').filter({ hasText: 'Version 2 saved. Listeners run version 1.' }).waitFor()
    t.equal((await readFlow()).publishedVersion, 1)
    await page.getByRole('button', { name: 'Publish…', exact: true }).click()
    const asking = page.getByRole('alertdialog', { name: 'Publish version 2?' })
    await asking.getByRole('region', { name: 'Changes', exact: true }).getByText('onOrder').waitFor()
    await asking.getByText('Price lookup').waitFor()
    await expectClean(t, 'what publishing changes')
    await asking.getByRole('button', { name: 'Publish version 2', exact: true }).click()
    await page.getByText('Listeners run version 2.').waitFor()
    t.equal((await readFlow()).publishedVersion, 2)
  })

  await t.test('two versions beside each other, with the steps that differ', async (t) => {
    await page.goto(at(`/flows/${flowId}/compare?from=1&to=2`))
    await shown(page, 'Compare versions')
    for (const name of ['Version 1', 'Version 2']) {
      const side = page.getByRole('textbox', { name, exact: true })
      t.equal(await side.getAttribute('aria-readonly'), 'true')
    }
    await page.getByRole('list', { name: 'Changed steps', exact: true }).getByText('onOrder').waitFor()
    await expectClean(t, 'two versions')
    await page.getByRole('button', { name: 'Make a draft of version 1', exact: true }).click()
    await page.getByText(/Draft on version 2/).waitFor()
    await toEnd(page)
    await yaml.getByText('on order').waitFor()
  })

  await t.test('409: what somebody else saved meanwhile is not overwritten, and can be compared', async (t) => {
    const { document } = await readFlow()
    const theirs = { ...document, document: { ...document.document, summary: 'Changed elsewhere' } }
    t.equal((await client.call('PUT', `/v1/flows/${flowId}`, { as, body: theirs })).status, 200)
    await page.getByRole('status').filter({ hasText: 'Valid' }).waitFor()
    await save.click()
    const alert = page.getByRole('alert').filter({ hasText: /changed by/ })
    await alert.getByText(/changed by Ada/).waitFor()
    t.equal((await readFlow()).latestVersion, 3, 'nothing was saved')
    await alert.getByRole('button', { name: 'Compare', exact: true }).click()
    await page.getByRole('textbox', { name: 'Version 3', exact: true }).waitFor()
    await expectClean(t, 'a conflict')
    await alert.getByRole('button', { name: 'Save as version 4', exact: true }).click()
    await page.getByRole('status').filter({ hasText: 'Version 4 saved.' }).waitFor()
    t.notMatch(JSON.stringify((await readFlow()).document), /Changed elsewhere/)
  })

  await t.test('its versions, runs, listeners and schedule', async (t) => {
    await page.getByRole('tab', { name: 'Versions', exact: true }).click()
    await page.getByRole('table', { name: 'Versions', exact: true }).getByText('Ada').first().waitFor()
    await expectClean(t, 'versions')
    await page.getByRole('tab', { name: 'Used by', exact: true }).click()
    await page.getByRole('link', { name: 'Price lookup', exact: true }).waitFor()
    await page.getByRole('tab', { name: 'Runs', exact: true }).click()
    await page.getByText(/^No runs in the last 7 days/).waitFor()
    await page.getByRole('tab', { name: 'Schedule', exact: true }).click()
    await page.getByText(/The published version has no schedule/).waitFor()
    await expectClean(t, 'no schedule')
  })

  await t.test('a new flow from an example, and its end', async (t) => {
    await page.goto(at(`/flows/new?workspace=${workspaceId}`))
    await page.getByRole('radio', { name: 'From an example', exact: true }).check()
    await page.getByLabel('Example', { exact: true }).selectOption({ label: 'Every night' })
    await yaml.getByText('schedule').first().waitFor()
    await page.getByRole('status').filter({ hasText: 'Valid' }).waitFor()
    await expectClean(t, 'a flow to be')
    await page.getByRole('button', { name: 'Create flow', exact: true }).click()
    await shown(page, 'nightly')
    await page.getByRole('tab', { name: 'Schedule', exact: true }).click()
    await page.getByText('every day at 03:00').waitFor()
    await page.goto(at(`/flows?workspace=${workspaceId}`))
    await page.getByRole('button', { name: 'Actions for nightly', exact: true }).click()
    await page.getByRole('menuitem', { name: 'Delete…', exact: true }).click()
    const asking = page.getByRole('alertdialog', { name: 'Delete nightly?' })
    await asking.getByLabel('Type nightly to confirm').fill('nightly')
    await asking.getByRole('button', { name: 'Delete flow', exact: true }).click()
    await page.getByRole('link', { name: 'nightly', exact: true }).waitFor({ state: 'detached' })
  })

  await t.test('a viewer reads everything and is offered no change', async (t) => {
    const mary = await client.signUp('Mary')
    await addMember(client, admin, mary, 'viewer', workspaceId)
    const viewer = await open({ as: mary, path: `/flows?workspace=${workspaceId}` })
    await viewer.page.getByText('You can view Demo, not change it.').waitFor()
    t.equal(await viewer.page.getByRole('link', { name: 'Create flow' }).count(), 0)
    await viewer.page.getByRole('link', { name: 'price-lookup', exact: true }).click()
    const text = viewer.page.getByRole('textbox', { name: 'Flow as YAML', exact: true })
    await text.getByText('findProduct').waitFor()
    t.equal(await text.getAttribute('aria-readonly'), 'true')
    t.equal(await viewer.page.getByRole('button', { name: 'Save version' }).count(), 0)
    await viewer.expectClean(t, 'a flow for a viewer')
    const alone = await open({ as: await client.signUp('Eve'), path: '/flows' })
    await alone.page.getByText(/^No flows yet/).waitFor()
    await alone.page.getByRole('link', { name: 'Create flow', exact: true }).first().waitFor()
  })
})

function shown(page: Page, name: string): Promise<void> {
  return page.getByRole('heading', { level: 1, name, exact: true }).waitFor()
}

/** The editor draws what is in sight, and little more. */
async function toEnd(page: Page): Promise<void> {
  await page.getByRole('textbox', { name: 'Flow as YAML', exact: true }).click()
  await page.keyboard.press('Control+End')
}

/** Finds a text in the editor and types another in its place, as a person does. */
async function replace(page: Page, wanted: string, text: string): Promise<void> {
  await page.getByRole('textbox', { name: 'Flow as YAML', exact: true }).getByText(wanted).first().click()
  await page.keyboard.press('Home')
  await page.keyboard.press('Shift+End')
  const line = await page.evaluate<string>(
    `document.querySelector("main").querySelectorAll("*").values()
       .map((each) => each.shadowRoot).find(Boolean).getSelection().toString()`
  )
  await page.keyboard.insertText(line.replace(wanted, text))
}
