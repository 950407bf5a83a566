import type { Locator, Page } from 'playwright-core'
import t from 'tap'
import { inBrowser, openConsole } from './fixtures/open-console.ts'

// Somebody who knows no YAML builds the price lookup: two calls, a decision, a mapping and an error.

/** Ways to work on the builder. */
interface Hands {
  /** Goes to a step of the outline. */
  step(name: string): Promise<void>
  /** Adds a step behind the one that was gone to. */
  add(kind: string): Promise<void>
  /** Something of the menu of the step. */
  act(item: string): Promise<void>
  fill(field: string, text: string): Promise<void>
  choose(field: string, option: string): Promise<void>
  press(button: string): Promise<void>
  unfold(title: string): Promise<void>
}

t.test('the price lookup is built without YAML, published and called', inBrowser, async (t) => {
  const { admin, listenerId, open, sluice } = await openConsole(t)
  const { client } = sluice
  const as = admin.session
  const { flowId } = (await client.call('GET', `/v1/listeners/${listenerId}`, { as })).json
  const demo = (await client.call('GET', `/v1/flows/${flowId}`, { as })).json
  const erp = /http:\/\/[\d.:]+/.exec(JSON.stringify(demo.document))?.[0] ?? ''
  const token = await client.call('POST', '/v1/tokens', { as, body: { name: 't', days: 1, password: admin.password } })

  // Both wait for the browser most of the time.
  t.jobs = 2
  for (const [title, handsOf] of [
    ['by mouse', mouse],
    ['by keyboard alone', keyboard]
  ] as const) {
    void t.test(title, { buffered: true }, async (t) => {
      const workspace = await client.call('POST', '/v1/workspaces', { as, body: { name: title } })
      const workspaceId = workspace.json.id as string
      const { page, expectClean } = await open({
        as: admin,
        path: `/flows/new?workspace=${workspaceId}`,
        permissions: ['clipboard-read', 'clipboard-write']
      })
      page.setDefaultTimeout(20_000)
      const hands = handsOf(page)
      await page.getByRole('status').filter({ hasText: 'Valid' }).waitFor()
      await hands.press('Create flow')
      await page.getByRole('tree', { name: 'Outline', exact: true }).waitFor()
      await build(hands, erp, title === 'by mouse' ? 'prices-by-mouse' : 'prices-by-keys')
      await page
        .getByRole('status')
        .filter({ hasText: 'Valid' })
        .waitFor()
        .catch(async () => {
          const shown = await page.getByRole('main').innerText()
          throw new Error(`The flow that was built is not valid:\n${shown}`)
        })
      await expectClean(t, 'the flow that was built')
      await hands.press('Save version')
      await page.getByRole('status').filter({ hasText: 'Version 2 saved. Listeners run version 1.' }).waitFor()
      await hands.press('Publish…')
      await page.getByRole('alertdialog', { name: 'Publish version 2?' }).waitFor()
      await hands.press('Publish version 2')
      await page.getByText('Listeners run version 2.').first().waitFor()
      const made = /flw_\w+/.exec(page.url())?.[0]
      const { document } = (await client.call('GET', `/v1/flows/${made}`, { as })).json
      t.match(document.input, { from: '${ .query }' }, 'what was typed as an expression is one')
      t.match(document.do.at(-1).answer.set, {
        name: '${ $context.product.name }',
        price: '${ $context.product.price }',
        deliveryDays: '${ .deliveryDays }'
      })
      const listener = await client.call('POST', `/v1/workspaces/${workspaceId}/listeners`, {
        as,
        body: { name: title, flowId: made }
      })
      t.equal(listener.status, 201, listener.text)
      const ask = (sku: string) =>
        client.call('GET', `/v1/dynamic/listener/${listener.json.id}?sku=${sku}`, {
          headers: { Authorization: `Bearer ${token.json.token}` }
        })
      const found = await ask('A-100')
      await sluice.services.recorder.flush()
      const run = await client.call('GET', `/v1/runs/${found.headers['sluice-run-id']}`, { as })
      t.equal(found.status, 200, `${found.text} ${run.text}`)
      t.strictSame(found.json, { name: 'Café table', price: 129.5, deliveryDays: found.json.deliveryDays })
      t.ok([2, 14].includes(found.json.deliveryDays))
      const unknown = await ask('X-1')
      t.equal(unknown.status, 404)
      t.match(unknown.json, { title: 'There is no such product' })
      await page.close()
    })
  }
})

async function build(hands: Hands, erp: string, name: string): Promise<void> {
  await hands.step('Flow settings')
  await hands.fill('Flow name', name)
  await hands.unfold('Data')
  await hands.press('Input is an expression')
  await hands.fill('Input', '.query')

  await hands.step('answer')
  await hands.add('API call')
  await hands.fill('Name', 'getProduct')
  await hands.step('getProduct')
  await hands.fill('Endpoint', `${erp}/products/{sku}`)
  await hands.unfold('Data')
  await hands.press('Keep for later is an expression')
  await hands.fill('Keep for later', '{ product: . }')
  await hands.act('Wrap in: Catch errors')
  await hands.step('attempt')
  await hands.fill('Only errors with status', '404')
  await hands.press('Add a step for when it fails')
  await hands.step('whenItFails')
  await hands.add('Raise error')
  await hands.step('fail')
  await hands.fill('Status', '404')
  await hands.fill('Title', 'There is no such product')
  await hands.step('whenItFails')
  await hands.act('Delete')

  await hands.step('attempt')
  await hands.add('API call')
  await hands.fill('Name', 'getStock')
  await hands.step('getStock')
  await hands.fill('Endpoint', `${erp}/stock/{sku}`)
  await hands.add('Decision')
  await hands.step('decide')
  await hands.add('Set values')
  await hands.fill('Name', 'inStock')
  await hands.step('inStock')
  await hands.fill('Name of value 1', 'deliveryDays')
  await hands.fill('Value of deliveryDays', '2')
  await hands.choose('Then', 'answer')
  await hands.act('Duplicate')
  await hands.fill('Name', 'onOrder')
  await hands.step('onOrder')
  await hands.fill('Value of deliveryDays', '14')

  await hands.step('decide')
  await hands.fill('When yes', '.onHand > 0')
  await hands.choose('Then for yes', 'inStock')
  await hands.choose('Then for otherwise', 'onOrder')

  // It was first, and is to be last.
  await hands.step('answer')
  for (let times = 0; times < 5; times++) await hands.act('Move down')
  await hands.fill('Name of value 1', 'name')
  await hands.fill('Value of name', '$context.product.name')
  await hands.press('Add value')
  await hands.fill('Name of value 2', 'price')
  await hands.press('Value of price is an expression')
  await hands.fill('Value of price', '$context.product.price')
  await hands.press('Add value')
  await hands.fill('Name of value 3', 'deliveryDays')
  await hands.press('Value of deliveryDays is an expression')
  await hands.fill('Value of deliveryDays', '.deliveryDays')
}

/** A field by its label, whether it is optional or not. */
const named = (label: string): RegExp =>
  new RegExp(`^${label.replaceAll(/[.…$]/g, String.raw`\$&`)}( \\(optional\\))?$`)

/** A step that was gone to is shown beside the outline a moment later: until then, fields are those of another step. */
async function paneOf(page: Page, step: string): Promise<void> {
  if (step !== 'Flow settings') await page.getByRole('button', { name: `Actions for ${step}`, exact: true }).waitFor()
}

function mouse(page: Page): Hands {
  const tree = page.getByRole('tree', { name: 'Outline', exact: true })
  return {
    async step(name) {
      await tree.getByRole('treeitem', { name, exact: true }).click()
      await paneOf(page, name)
    },
    async add(kind) {
      const items = tree.getByRole('treeitem')
      const before = await items.count()
      await page.getByRole('button', { name: 'Add step', exact: true }).click()
      await page.getByRole('menuitem', { name: new RegExp(`^${kind}(?! from)`) }).click()
      await items.nth(before).waitFor()
    },
    async act(item) {
      const before = await tree.locator('[aria-selected=true]').getAttribute('id')
      await page.getByRole('button', { name: /^Actions for / }).click()
      await page.getByRole('menuitem', { name: new RegExp(`^${item}`) }).click()
      await page.getByRole('menu').waitFor({ state: 'detached' })
      // The pane beside it shows the step that is selected then.
      if (item !== 'Move down') await tree.locator(`[aria-selected=true]:not([id="${before}"])`).waitFor()
    },
    async fill(field, text) {
      const box = page.locator('#step-pane').getByRole('textbox', { name: named(field) })
      await box.fill(text)
      await box.blur()
    },
    choose: async (field, option) => {
      await page
        .locator('#step-pane')
        .getByRole('combobox', { name: named(field) })
        .selectOption({ label: option })
    },
    async press(name) {
      await page.getByRole('button', { name, exact: true }).click()
      // The field is another one from then on.
      if (name.endsWith(' is an expression'))
        await page.getByRole('button', { name, exact: true, pressed: true }).waitFor()
    },
    unfold: (title) => page.locator('#step-pane summary').filter({ hasText: title }).click()
  }
}

/** What has the focus: its role and its name, into shadow roots. */
const FOCUS = `(() => {
  let at = document.activeElement
  while (at?.shadowRoot?.activeElement) at = at.shadowRoot.activeElement
  const label = at?.getAttribute('aria-label') ?? at?.labels?.[0]?.textContent ?? at?.textContent ?? ''
  return {
    role: at?.getAttribute('role') ?? at?.tagName.toLowerCase() ?? '',
    name: label.trim(),
    id: at?.id ?? '',
    option: at?.selectedOptions?.[0]?.text.trim() ?? '',
    options: [...(at?.options ?? [])].map(({ text }) => text.trim())
  }
})()`

interface Focus {
  role: string
  name: string
  id: string
  /** What a list of choices stands at. */
  option: string
  options: string[]
}

function keyboard(page: Page): Hands {
  const { keyboard: keys } = page
  const focus = () => page.evaluate<Focus>(FOCUS)

  /** Tab, or Shift Tab, as often as it takes. */
  async function tabTo(wanted: (at: Focus) => boolean, what: string, key = 'Tab'): Promise<void> {
    for (let presses = 0; presses < 150; presses++) {
      if (wanted(await focus())) return
      await keys.press(key)
    }
    throw new Error(`${key} does not lead to ${what}`)
  }
  const toOutline = () => tabTo(({ role }) => role === 'treeitem', 'the outline', 'Shift+Tab')
  const field = (label: string) =>
    tabTo(({ name, role }) => named(label).test(name) && !/button|summary/.test(role), label)
  async function type(text: string): Promise<void> {
    await keys.press('Control+a')
    await keys.type(text)
    // A list of completions closes, and nothing else.
    await keys.press('Tab')
  }
  async function menu(item: string): Promise<void> {
    await page.getByRole('menu').waitFor()
    for (let presses = 0; presses < 40; presses++) {
      const { role, name } = await focus()
      if (role === 'menuitem' && new RegExp(`^${item}(?! from)`).test(name)) break
      await keys.press('ArrowDown')
    }
    await keys.press('Enter')
    await page.getByRole('menu').waitFor({ state: 'detached' })
  }
  const items = (): Locator => page.getByRole('tree', { name: 'Outline', exact: true }).getByRole('treeitem')

  return {
    async step(name) {
      await items().filter({ hasText: name }).first().waitFor()
      await toOutline()
      await keys.press('Home')
      for (let presses = 0; presses < 30; presses++) {
        const { id } = await focus()
        if (name === 'Flow settings' || id.endsWith(`/${name}`)) return paneOf(page, name)
        await keys.press('ArrowDown')
      }
      throw new Error(`the outline has no ${name}`)
    },
    async add(kind) {
      await toOutline()
      const before = await items().count()
      await keys.press('/')
      await menu(kind)
      await items().nth(before).waitFor()
    },
    async act(item) {
      await toOutline()
      const { id } = await focus()
      const shortcuts: Readonly<Record<string, readonly string[]>> = {
        'Move down': ['Alt+ArrowDown'],
        Delete: ['Delete'],
        Duplicate: ['Control+c', 'Control+v']
      }
      const shortcut = shortcuts[item]
      for (const key of shortcut ?? []) await keys.press(key)
      if (!shortcut) {
        await tabTo(({ name }) => name.startsWith('Actions for '), 'the actions', 'Shift+Tab')
        await keys.press('Enter')
        await menu(item)
      }
      for (let tries = 0; (await focus()).id === id || (await focus()).role !== 'treeitem'; tries++) {
        if (tries > 100) throw new Error(`${item} does not move the focus`)
        await page.waitForTimeout(50)
      }
    },
    async fill(label, text) {
      await field(label)
      await type(text)
    },
    async choose(label, option) {
      await field(label)
      const { options } = await focus()
      if (!options.includes(option)) throw new Error(`${label} has no ${option}`)
      // By arrows: letters typed more than a second apart count as the first letter of another option.
      for (let at = await focus(); at.option !== option;) {
        const { option: before } = at
        await keys.press(options.indexOf(before) < options.indexOf(option) ? 'ArrowDown' : 'ArrowUp')
        // The list shows what the document says, a moment after the key.
        for (let tries = 0; (at = await focus()).option === before; tries++) {
          if (tries > 100) throw new Error(`${label} stays at ${before}`)
          await page.waitForTimeout(50)
        }
      }
    },
    async press(name) {
      const key = /^(?:Save|Publish…)/.test(name) ? 'Shift+Tab' : 'Tab'
      await tabTo((at) => at.name === name && /button|^a$/.test(at.role), name, key)
      await keys.press('Enter')
      if (name.endsWith(' is an expression') && (await focus()).name !== name) throw new Error(`${name} lost the focus`)
    },
    async unfold(title) {
      await tabTo((at) => at.role === 'summary' && at.name === title, title)
      await keys.press('Enter')
    }
  }
}
