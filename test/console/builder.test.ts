import type { Page } from 'playwright-core'
import t from 'tap'
import { parse } from 'yaml'
import { inBrowser, openConsole } from './fixtures/open-console.ts'
import { N8N } from './flow/fixtures/n8n-workflows.ts'
import { eventually, pressTogether } from './fixtures/pages.ts'

const OPENAPI = JSON.stringify({
  openapi: '3.1.0',
  paths: {
    '/orders': {
      post: {
        operationId: 'placeOrder',
        parameters: [{ name: 'warehouse', in: 'query', required: true, schema: { enum: ['north', 'south'] } }]
      }
    }
  }
})

t.test('a flow as outline, text and diagram: three views of one text', inBrowser, async (t) => {
  const { admin, listenerId, open, sluice } = await openConsole(t)
  const { client } = sluice
  const as = admin.session
  const { flowId } = (await client.call('GET', `/v1/listeners/${listenerId}`, { as })).json
  const { page, expectClean } = await open({
    as: admin,
    path: `/flows/${flowId}`,
    permissions: ['clipboard-read', 'clipboard-write']
  })
  const yaml = page.getByRole('textbox', { name: 'Flow as YAML', exact: true })
  const tree = page.getByRole('tree', { name: 'Outline', exact: true })
  const item = (name: string | RegExp) => tree.getByRole('treeitem', { name, exact: true })
  const button = (name: string) => page.getByRole('button', { name, exact: true })
  const valid = () => page.getByRole('status').filter({ hasText: 'Valid' }).waitFor()
  const steps = (text: string): string[] => parse(text).do.map((step: object) => Object.keys(step)[0])
  const order = async () => steps(await textOf(page))

  await t.test('the steps of the text are the items of a tree', async (t) => {
    await yaml.getByText('findProduct').waitFor()
    await item(/findProduct/).waitFor()
    t.equal(await item('unknownProduct').getAttribute('aria-level'), '2')
    await valid()
    await expectClean(t, 'the builder')
  })

  await t.test('a new step changes no other line, and undo takes it out of both views', async (t) => {
    await typeComment(page, '# keep me')
    await valid()
    const before = await textOf(page)
    t.match(before, /# keep me/)
    const count = await tree.getByRole('treeitem').count()
    await button('Add step').click()
    await page.getByRole('menuitem', { name: /^Set values/ }).click()
    await item('setValues').waitFor()
    t.equal(await tree.getByRole('treeitem').count(), count + 1)
    const after = await textOf(page)
    t.match(after, /- setValues:\n\s+set:\n\s+name: value\n/)
    t.strictSame(
      before.split('\n').filter((line) => !after.split('\n').includes(line)),
      []
    )
    await expectClean(t, 'the form of a new step')
    await yaml.click()
    await page.keyboard.press('Control+z')
    await item('setValues').waitFor({ state: 'detached' })
    t.equal(await textOf(page), before)
  })

  await t.test('a key right behind the one that opens the list of steps selects no other step', async (t) => {
    await item('getStock').focus()
    await pressTogether(page, '/', 'ArrowDown')
    await page.getByRole('menuitem', { name: /^Set values/ }).click()
    await eventually(t, order, [
      'findProduct',
      'getStock',
      'setValues',
      'isThereEnough',
      'inStock',
      'onOrder',
      'answer'
    ])
    await item('setValues').press('Delete')
    await item('setValues').waitFor({ state: 'detached' })
  })

  await t.test('Alt and an arrow move a step among its neighbors', async (t) => {
    await item('inStock').focus()
    await page.keyboard.press('Alt+ArrowDown')
    const moved = ['findProduct', 'getStock', 'isThereEnough', 'onOrder', 'inStock', 'answer']
    await eventually(t, order, moved)
    await eventually(t, () => page.evaluate('document.activeElement.id'), 'step-/do/4/inStock')
    await page.keyboard.press('Alt+ArrowUp')
    await eventually(t, order, ['findProduct', 'getStock', 'isThereEnough', 'inStock', 'onOrder', 'answer'])
  })

  await t.test('a draft is simulated with mocks, and its steps are shown in the outline', async (t) => {
    await button('Simulate').click()
    const region = page.getByRole('region', { name: 'Simulation', exact: true })
    await region.getByRole('textbox', { name: 'Input', exact: true }).fill('{"query":{"sku":"A-100"}}')
    await region.getByRole('button', { name: 'Run simulation', exact: true }).click()
    await region.getByText('failed').waitFor()
    await region.getByText('Not mocked').waitFor()
    await region.getByRole('button', { name: 'Add a mock for getProduct', exact: true }).click()
    const mock = (name: string) => region.getByRole('textbox', { name: `Mock for ${name}`, exact: true })
    await mock('getProduct').fill('{"sku":"A-100","name":"Table","price":20,"currency":"EUR"}')
    await region.getByRole('button', { name: 'Run simulation', exact: true }).click()
    await region.getByRole('button', { name: 'Add a mock for getStock', exact: true }).click()
    await mock('getStock').fill('{"onHand":5}')
    await region.getByRole('button', { name: 'Run simulation', exact: true }).click()
    await region.getByText('succeeded').waitFor()
    await region.getByRole('list', { name: 'Steps', exact: true }).getByText('isThereEnough').waitFor()
    const selected = () => tree.locator('[aria-selected=true]').getAttribute('id')
    const first = await selected()
    await region.getByRole('button', { name: 'Next step', exact: true }).click()
    await eventually(t, async () => (await selected()) === first, false)
    await expectClean(t, 'a simulation')
    await item('answer').click()
    await page.getByRole('textbox', { name: 'Value of name', exact: true }).waitFor()
    await page.getByText('→ "Table"').waitFor()
    await expectClean(t, 'the form of a step with previews')
    await button('Close').click()
  })

  await t.test('the flow as a picture, and as Mermaid', async (t) => {
    await page.getByRole('tab', { name: 'Diagram', exact: true }).click()
    const figure = page.getByRole('figure', { name: 'Diagram', exact: true })
    for (const name of ['findProduct', 'getProduct', 'unknownProduct', 'answer'])
      await figure.getByText(name, { exact: true }).waitFor()
    await expectClean(t, 'the diagram')
    await figure.getByRole('button', { name: /^getStock/ }).press('Enter')
    await eventually(t, () => item('getStock').getAttribute('aria-selected'), 'true')
    await button('Copy as Mermaid').click()
    await page.getByRole('status').filter({ hasText: 'Diagram copied as Mermaid' }).waitFor()
    t.match(await page.evaluate('navigator.clipboard.readText()'), /^flowchart/)
    await page.getByRole('tab', { name: 'YAML', exact: true }).click()
    await yaml.getByText('findProduct').waitFor()
  })

  await t.test('the keys of the schema are offered', async () => {
    await yaml.click()
    await page.keyboard.press('Control+End')
    await page.keyboard.insertText('  - newStep:\n      ca')
    await page.keyboard.press('Control+Space')
    await page.getByRole('option', { name: 'call', exact: true }).waitFor()
    await page.keyboard.press('Escape')
    await page.keyboard.press('Control+z')
  })

  await t.test('a comment is there when the text is saved and read again', async (t) => {
    await valid()
    await button('Save version').click()
    await page.getByRole('status').filter({ hasText: 'Version 2 saved. Listeners run version 1.' }).waitFor()
    await page.reload()
    await yaml.getByText('# keep me').waitFor()
    await item('answer').waitFor()
    t.match(await textOf(page), /^# keep me\n/)
  })

  await t.test('steps are selected together, copied as YAML, pasted, and deleted', async (t) => {
    await item('inStock').focus()
    await page.keyboard.press('Space')
    await page.keyboard.press('ArrowDown')
    await page.keyboard.press('Space')
    await page.getByRole('group', { name: 'Selected steps', exact: true }).getByText('2 selected').waitFor()
    await page.keyboard.press('Control+c')
    const copied = () => page.evaluate<string>('navigator.clipboard.readText()')
    await eventually(t, async () => /^- inStock:\n[^]*\n- onOrder:\n/.test(await copied()), true)
    await expectClean(t, 'steps that are selected')
    await item('answer').focus()
    await page.keyboard.press('Control+v')
    await item('onOrder2').waitFor()
    t.strictSame(steps(await textOf(page)).slice(-3), ['answer', 'inStock2', 'onOrder2'])
    await item('onOrder2').focus()
    await page.keyboard.press('Delete')
    await item('onOrder2').waitFor({ state: 'detached' })
  })

  await t.test('text in one field stays when the next field is typed in before the views follow', async (t) => {
    await button('Add step').click()
    await page.getByRole('menuitem', { name: /^Raise error/ }).click()
    await page.locator('#step-pane').getByRole('textbox', { name: 'Status' }).waitFor()
    await page.evaluate(typedAtOnce({ Status: '404', Title: 'There is no such product' }))
    await item('fail').waitFor()
    const { do: all } = parse(await textOf(page))
    const { error } = all.find((step: object) => 'fail' in step).fail.raise
    t.match(error, { status: 404, title: 'There is no such product' })
    await valid()

    const name = page.locator('#step-pane').getByRole('textbox', { name: 'Name', exact: true })
    await name.fill('noProduct')
    await name.press('Tab')
    await page.keyboard.press('Control+a')
    await page.keyboard.type('410')
    await item('noProduct').waitFor()
    t.match(await textOf(page), /- noProduct:[^]+ status: 410\n/, 'the field after the name keeps the focus')
  })

  await t.test('events that start the flow and that it waits for, and runs beside it, are set in forms', async (t) => {
    const pane = page.locator('#step-pane')
    const written = async () => parse(await textOf(page))
    const task = async (name: string) => (await written()).do.find((step: object) => name in step)?.[name]
    const add = async (label: RegExp) => {
      await button('Add step').click()
      await page.getByRole('menuitem', { name: label }).click()
    }
    await item('Flow settings').click()
    await pane.getByRole('combobox', { name: 'Starts', exact: true }).selectOption({ label: 'when an event arrives' })
    await pane.getByRole('textbox', { name: /^Event type/ }).fill('com.example.order.placed')
    await pane.getByRole('button', { name: 'Event data is an expression', exact: true }).click()
    await pane.getByRole('textbox', { name: 'Event data', exact: true }).fill('.amount > 10')
    const on = { one: { with: { type: 'com.example.order.placed', data: '${ .amount > 10 }' } } }
    await eventually(t, async () => (await written()).schedule, { on })
    await valid()
    await expectClean(t, 'the settings of a flow that events start')

    await add(/^Wait for an event/)
    await pane.getByRole('textbox', { name: /^Event type/ }).fill('com.example.order.paid')
    await pane.getByRole('button', { name: 'Add agreement', exact: true }).click()
    await pane.getByRole('textbox', { name: 'Agreement 1', exact: true }).fill('order')
    await pane.getByRole('textbox', { name: 'In the event for order', exact: true }).fill('.data.order')
    await pane.getByRole('textbox', { name: 'In this run for order', exact: true }).fill('.order')
    await pane.getByRole('combobox', { name: 'What it gives', exact: true }).selectOption({ label: 'the whole event' })
    const correlate = { order: { from: '.data.order', expect: '${ .order }' } }
    const to = { one: { with: { type: 'com.example.order.paid' }, correlate } }
    await eventually(t, async () => (await task('waitForEvent'))?.listen, { to, read: 'envelope' })
    t.strictSame((await task('waitForEvent')).timeout, { after: { days: 1 } })
    await valid()
    await expectClean(t, 'the form of a step that waits for an event')

    await add(/^Another flow/)
    await pane.getByLabel('Wait for what it gives', { exact: true }).uncheck()
    await eventually(t, async () => (await task('runFlow'))?.run.await, false)
    await pane.getByLabel('Wait for what it gives', { exact: true }).check()
    await eventually(t, async () => 'await' in (await task('runFlow')).run, false)
    for (const name of ['runFlow', 'waitForEvent']) {
      await item(name).focus()
      await page.keyboard.press('Delete')
      await item(name).waitFor({ state: 'detached' })
    }
    await valid()
  })

  await t.test('a step is dragged to another place by its handle', async (t) => {
    const handle = item('inStock2').getByTitle('Drag to move')
    await handle.dragTo(item('getStock'), { targetPosition: { x: 40, y: 4 } })
    await eventually(t, async () => (await order()).slice(0, 3), ['findProduct', 'inStock2', 'getStock'])
  })

  await t.test('an operation of an OpenAPI document becomes a step', async (t) => {
    await button('Add step').click()
    await page.getByRole('menuitem', { name: 'Pick an OpenAPI operation…', exact: true }).click()
    const dialog = page.getByRole('dialog', { name: 'Pick an OpenAPI operation', exact: true })
    await dialog.getByLabel('Address of the document', { exact: true }).fill('https://erp.example/openapi.json')
    await dialog.getByLabel('The document, as JSON or YAML', { exact: true }).fill(OPENAPI)
    await expectClean(t, 'an operation is picked')
    await dialog.getByRole('button', { name: 'Call placeOrder', exact: true }).click()
    await item('placeOrder').waitFor()
    t.match(await textOf(page), /operationId: placeOrder\n\s+parameters:\n\s+warehouse: north\n/)
  })
})

t.test('a workflow of n8n is imported, with notes, and a listener gets a flow made for it', inBrowser, async (t) => {
  const { admin, listenerId, open, sluice } = await openConsole(t)
  const { page, expectClean } = await open({ as: admin, path: `/listeners/${listenerId}` })
  await page.getByRole('link', { name: 'Create a flow for it', exact: true }).click()
  await page.getByText('From then on the listener Price lookup runs it.').waitFor()
  await page.getByRole('radio', { name: 'Import', exact: true }).check()
  const workflow = N8N.find(({ notes }) => notes.length > 1)?.file
  await page.getByLabel('Workflow or collection', { exact: true }).fill(JSON.stringify(workflow))
  await page.getByRole('button', { name: 'Translate', exact: true }).click()
  await page.getByRole('list', { name: 'Notes', exact: true }).waitFor()
  await page.getByRole('status').filter({ hasText: 'Valid' }).waitFor()
  await expectClean(t, 'an import')
  await page.getByRole('button', { name: 'Create flow', exact: true }).click()
  await page.getByRole('tree', { name: 'Outline', exact: true }).waitFor()
  const made = /flw_\w+/.exec(page.url())?.[0]
  const listener = await sluice.client.call('GET', `/v1/listeners/${listenerId}`, { as: admin.session })
  t.equal(listener.json.flowId, made)
})

t.test('the way that a run took is drawn', inBrowser, async (t) => {
  const { admin, listenerId, open, sluice } = await openConsole(t)
  const { client } = sluice
  const call = await client.call('GET', `/v1/dynamic/listener/${listenerId}?sku=A-100`, { as: admin })
  t.equal(call.status, 200, call.text)
  const { page, expectClean } = await open({ as: admin, path: `/runs/${call.headers['sluice-run-id']}` })
  await page.getByRole('tab', { name: 'Diagram', exact: true }).click()
  const figure = page.getByRole('figure', { name: 'Diagram', exact: true })
  await figure.getByRole('button', { name: /^unknownProduct.*not reached/ }).waitFor()
  await figure.getByRole('button', { name: /^getStock/ }).waitFor()
  t.equal(await figure.getByRole('button', { name: /^getStock.*not reached/ }).count(), 0)
  await expectClean(t, 'the diagram of a run')
  await figure.getByRole('button', { name: /^getStock/ }).click()
  await page.getByRole('table', { name: 'Steps', exact: true }).waitFor()
})

/** Types into fields of the form as fast as React takes it: no timer and no frame passes between two of them. */
const typedAtOnce = (fields: Readonly<Record<string, string>>): string => `(async () => {
  const boxes = [...document.querySelectorAll('#step-pane input')]
  for (const [label, text] of Object.entries(${JSON.stringify(fields)})) {
    const box = boxes.find((each) => each.labels[0]?.textContent.startsWith(label))
    Object.getOwnPropertyDescriptor(HTMLInputElement.prototype, 'value').set.call(box, text)
    box.dispatchEvent(new Event('input', { bubbles: true }))
    for (let turn = 0; turn < 20; turn++) await undefined
  }
})()`

/** The whole text: the editor draws a part of it. */
async function textOf(page: Page): Promise<string> {
  return page.evaluate<string>(
    `[...document.querySelectorAll('main *')]
       .map((each) => each.shadowRoot?.querySelector('.cm-content[aria-label="Flow as YAML"]'))
       .find(Boolean).cmTile.view.state.doc.toString()`
  )
}

/** A comment on a line of its own at the start of the text. */
async function typeComment(page: Page, comment: string): Promise<void> {
  await page.getByRole('textbox', { name: 'Flow as YAML', exact: true }).click()
  await page.keyboard.press('Control+Home')
  await page.keyboard.type(comment)
  await page.keyboard.press('Enter')
}
