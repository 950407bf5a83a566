import type { Page } from 'playwright-core'
import t from 'tap'
import type { Person } from '../fixtures/client.ts'
import { inBrowser, openConsole } from './fixtures/open-console.ts'
import { confirmPassword, unconfirmed } from './fixtures/pages.ts'

t.test('pages of a workspace', inBrowser, async (t) => {
  const { admin, at, listenerId, open, sluice } = await openConsole(t)
  const demo = await workspaceNamed('Demo', admin)

  await t.test('a secret goes in and never comes out', async (t) => {
    const { page, expectClean } = await open({ as: admin, path: `/secrets?workspace=${demo.id}` })
    const answers: Promise<string>[] = []
    page.on('response', (response) => {
      if (response.url().includes('/v1/')) answers.push(response.text().catch(() => ''))
    })
    await page.getByText('No secrets yet.').waitFor()
    await page.getByRole('button', { name: 'Add secret', exact: true }).click()
    const dialog = page.getByRole('dialog', { name: 'Add secret' })
    await dialog.getByLabel('Name', { exact: true }).fill('erpKey')
    await dialog.getByLabel('Value', { exact: true }).fill('hush-hush-4711')
    await expectClean(t, 'a new secret')
    await dialog.getByRole('button', { name: 'Add secret', exact: true }).click()
    await page.getByRole('row').filter({ hasText: 'erpKey' }).waitFor()
    t.notOk((await page.content()).includes('hush-hush-4711'))
    t.notOk((await Promise.all(answers)).join('').includes('hush-hush-4711'))
    for (const role of ['button', 'link'] as const)
      t.equal(await page.getByRole(role, { name: /show|reveal/i }).count(), 0)
    await page.getByRole('button', { name: 'Actions for erpKey', exact: true }).click()
    await page.getByRole('menuitem', { name: 'Delete…', exact: true }).click()
    await page
      .getByRole('alertdialog', { name: 'Delete erpKey?' })
      .getByRole('button', { name: 'Delete secret', exact: true })
      .click()
    await page.getByText('No secrets yet.').waitFor()
  })

  await t.test(
    'a workspace is created; its secret signs a test token in the page, and the customer appears',
    async (t) => {
      const { page, expectClean, requests } = await open({ as: admin, path: '/workspace/new' })
      await page.getByLabel('Name', { exact: true }).fill('Shop')
      await page.getByRole('button', { name: 'Create workspace', exact: true }).click()
      await page.getByRole('heading', { level: 2, name: 'Copy your secret now', exact: true }).waitFor()
      const secret = await page.getByRole('textbox', { name: 'Secret', exact: true }).inputValue()
      t.match(secret, /^[0-9a-f]{128}$/)
      await expectClean(t, 'a new workspace')
      await page.getByLabel('I have stored it').check()
      const { id } = await workspaceNamed('Shop', admin)

      await page.goto(at('/customers'))
      await page.getByText('A customer appears the first time a token with its id is seen.').waitFor()
      await page.getByRole('link', { name: 'Make a test token', exact: true }).click()
      await page.getByLabel('Customer id', { exact: true }).fill('user-4711')
      await page.getByRole('textbox', { name: /^Name/ }).fill('Ada')
      await page.getByRole('textbox', { name: /^Fields/ }).fill('{ "plan": "pro" }')
      await page.getByLabel('Secret of the workspace', { exact: true }).fill(secret)
      await page.getByRole('button', { name: 'Make token', exact: true }).click()
      const token = await page.getByRole('textbox', { name: 'Token', exact: true }).inputValue()
      await expectClean(t, 'a test token')
      t.notOk(requests.some((request) => request.includes(secret) || request.includes(token)))
      t.match((await sluice.client.call('GET', '/v1/self', { as: token })).json, { id: 'user-4711', name: 'Ada' })

      await page.goto(at(`/customers?workspace=${id}`))
      await page.getByRole('link', { name: 'user-4711', exact: true }).click()
      await page.getByRole('heading', { level: 1, name: 'Ada', exact: true }).waitFor()
      await page.getByRole('region', { name: 'Fields of the customer' }).filter({ hasText: '"plan": "pro"' }).waitFor()
      await expectClean(t, 'a customer')
      await page.getByRole('button', { name: 'Block…', exact: true }).click()
      const asking = page.getByRole('alertdialog', { name: 'Block Ada?' })
      await asking.getByRole('button', { name: 'Block customer', exact: true }).click()
      await asking.waitFor({ state: 'detached' })
      await page.getByText('All its tokens are refused').waitFor()
      t.equal((await sluice.client.call('GET', '/v1/self', { as: token })).status, 401)
      await page.getByRole('button', { name: 'Unblock…', exact: true }).click()
      await page.getByRole('alertdialog').getByRole('button', { name: 'Unblock customer', exact: true }).click()
      await page.getByRole('button', { name: 'Block…', exact: true }).waitFor()
      t.equal((await sluice.client.call('GET', '/v1/self', { as: token })).status, 200)
      await page.getByRole('button', { name: 'Edit', exact: true }).click()
      const dialog = page.getByRole('dialog', { name: 'Edit Ada' })
      await dialog.getByLabel('Fields', { exact: true }).fill('nothing')
      await dialog.getByRole('button', { name: 'Save customer', exact: true }).click()
      await dialog.getByText('Enter a JSON object').waitFor()
      await dialog.getByLabel('Fields', { exact: true }).fill('{ "plan": "free", "account": 12345678901234567890 }')
      await dialog.getByRole('button', { name: 'Save customer', exact: true }).click()
      await page.getByRole('region', { name: 'Fields of the customer' }).filter({ hasText: '"plan": "free"' }).waitFor()
      await page.getByText('12345678901234567890').waitFor()
      const { text } = await sluice.client.call('GET', `/v1/workspaces/${id}/customers/user-4711`, {
        as: admin.session
      })
      t.match(text, '"account":12345678901234567890', 'all digits were sent')
      const credentials = { erp: 'a secret of the customer' }
      await sluice.client.call('PATCH', '/v1/self', { as: token, body: { credentials } })
      await page.reload()
      await page.getByRole('button', { name: 'Remove credentials…', exact: true }).click()
      const removing = page.getByRole('alertdialog', { name: 'Remove the credentials of Ada?' })
      await removing.getByText('erp').waitFor()
      await removing.getByRole('button', { name: 'Remove credentials', exact: true }).click()
      await removing.waitFor({ state: 'detached' })
      await page.getByRole('button', { name: 'Remove credentials…', exact: true }).waitFor({ state: 'detached' })
      await page.getByRole('button', { name: 'Forget customer…', exact: true }).click()
      await page.getByLabel('Type user-4711 to confirm', { exact: true }).fill('user-4711')
      await page.getByRole('button', { name: 'Forget customer', exact: true }).click()
      await page.getByText('A customer appears the first time').waitFor()
    }
  )

  await t.test(
    'settings of a workspace: a rotated secret is shown once, keys are registered, and it is deleted by name',
    async (t) => {
      const { page, expectClean } = await open({ as: await unconfirmed(sluice.client, admin), path: '/workspace' })
      const shop = await workspaceNamed('Shop', admin)
      await page.goto(at(`/workspace?workspace=${shop.id}&tab=tokens`))
      await page.getByRole('button', { name: 'Rotate secret', exact: true }).waitFor()
      await page.getByLabel('Your password', { exact: true }).fill(admin.password)
      await page.getByRole('button', { name: 'Rotate secret', exact: true }).click()
      await page.getByRole('heading', { level: 2, name: 'Copy your secret now', exact: true }).waitFor()
      await page.getByLabel('I have stored it').check()
      await page.getByRole('button', { name: 'Done', exact: true }).click()
      await page.getByRole('button', { name: 'Add public key', exact: true }).click()
      const dialog = page.getByRole('dialog', { name: 'Add public key' })
      await dialog.getByLabel('Name', { exact: true }).fill('back end')
      await dialog
        .getByLabel('Public key', { exact: true })
        .fill(
          '-----BEGIN PUBLIC KEY-----\n' +
            'MCowBQYDK2VwAyEAGb9ECWmEzf6FQbrBZ9w7lshQhqowtrbLDFw4rXAxZuE=\n-----END PUBLIC KEY-----'
        )
      await dialog.getByRole('button', { name: 'Add key', exact: true }).click()
      await confirmPassword(page, admin)
      await dialog.waitFor({ state: 'detached' })
      await page.getByRole('row').filter({ hasText: 'Ed25519' }).waitFor()
      await page.getByLabel('Tokens signed with the secret').uncheck()
      await page.getByRole('button', { name: 'Save settings', exact: true }).click()
      await page.getByRole('status').filter({ hasText: 'Settings saved' }).waitFor()
      t.match((await sluice.client.call('GET', `/v1/workspaces/${shop.id}`, { as: admin.session })).json, {
        secretKeyAuth: false
      })
      await expectClean(t, "customers' tokens")

      await page.getByRole('tab', { name: 'Danger', exact: true }).click()
      await page.getByRole('button', { name: 'Delete workspace…', exact: true }).click()
      const asking = page.getByRole('alertdialog', { name: 'Delete Shop?' })
      await asking.getByLabel('Type Shop to confirm', { exact: true }).fill('Shop')
      await asking.getByRole('button', { name: 'Delete workspace', exact: true }).click()
      await page.getByRole('heading', { level: 1, name: 'Home', exact: true }).waitFor()
      t.equal((await sluice.client.call('GET', `/v1/workspaces/${shop.id}`, { as: admin.session })).status, 404)
    }
  )

  await t.test('an action is created, tried as me, and deleted by name', async (t) => {
    const { page, expectClean } = await open({ as: admin, path: `/actions?workspace=${demo.id}` })
    await page.getByText('No actions yet.').waitFor()
    await page.getByRole('link', { name: 'Create action', exact: true }).click()
    await page.getByLabel('Name', { exact: true }).fill('Order desk')
    await page.getByRole('textbox', { name: /^Origins/ }).fill('orders.example.com')
    await page.getByLabel('Price lookup', { exact: true }).check()
    await page.getByRole('button', { name: 'Create action', exact: true }).click()
    await page.getByText('orders.example.com is no origin').waitFor()
    await page.getByRole('textbox', { name: /^Origins/ }).fill('https://orders.example.com')
    await page.getByRole('button', { name: 'Create action', exact: true }).click()
    await page.getByRole('heading', { level: 1, name: 'Order desk', exact: true }).waitFor()
    await page.getByRole('region', { name: 'In the page: example' }).filter({ hasText: listenerId }).waitFor()
    await expectClean(t, 'an action')
    await page.getByRole('tab', { name: 'Try as me', exact: true }).click()
    await page.getByRole('button', { name: 'Send', exact: true }).click()
    await page.getByRole('status').filter({ hasText: '200' }).waitFor()
    await page.getByText('"sku":"A-100"').waitFor()
    await page.getByRole('button', { name: 'Delete…', exact: true }).click()
    await page.getByLabel('Type Order desk to confirm', { exact: true }).fill('Order desk')
    await page.getByRole('button', { name: 'Delete action', exact: true }).click()
    await page.getByText('No actions yet.').waitFor()
  })

  await t.test('sinks are added, filtered, rotated and removed, and their secrets are shown once', async (t) => {
    const { page, expectClean } = await open({ as: admin, path: `/events?workspace=${demo.id}` })
    await page.getByText('No events yet.').waitFor()
    await page.getByRole('textbox', { name: 'URL', exact: true }).fill('https://example.com/events')
    await page.getByRole('textbox', { name: /^Types/ }).fill('order*')
    await page.getByRole('button', { name: 'Add sink', exact: true }).click()
    await page.getByText('A type, or a prefix with .*').waitFor()
    await page.getByRole('textbox', { name: /^Types/ }).fill('order.*\nsluice.run.failed')
    await page.getByRole('button', { name: 'Add sink', exact: true }).click()
    await page.getByRole('heading', { level: 2, name: 'Copy your secret now', exact: true }).waitFor()
    const secret = page.getByRole('textbox', { name: 'Secret', exact: true })
    const first = await secret.inputValue()
    t.match(first, /^whsec_/)
    const row = page.getByRole('row').filter({ hasText: 'order.*, sluice.run.failed' })
    await row.waitFor()
    await expectClean(t, 'a sink')
    await page.getByLabel('I have stored it').check()
    await page.getByRole('button', { name: 'Done', exact: true }).click()
    const act = async (name: string) => {
      await row.getByRole('button', { name: /^Actions for/ }).click()
      await page.getByRole('menuitem', { name, exact: true }).click()
    }
    await act('Rotate secret…')
    await page.getByRole('button', { name: 'Rotate secret', exact: true }).click()
    await page.getByRole('heading', { level: 2, name: 'Copy your secret now', exact: true }).waitFor()
    t.not(await secret.inputValue(), first)
    await page.getByLabel('I have stored it').check()
    await page.getByRole('button', { name: 'Done', exact: true }).click()
    await act('Switch off')
    await row.getByText('off', { exact: true }).waitFor()
    await act('Remove…')
    await page.getByRole('alertdialog').getByRole('button', { name: 'Remove sink', exact: true }).click()
    await page.getByText('No sink is set').waitFor()
  })

  await t.test('an event is sent again to the sinks that accept it, and the page says if there are none', async (t) => {
    const as = admin.session
    const flow = {
      document: { dsl: '1.0.3', namespace: 'demo', name: 'teller', version: '1.0.0' },
      do: [{ tell: { emit: { event: { with: { source: 'https://shop.example', type: 'order.placed' } } } } }]
    }
    const made = await sluice.client.call('POST', `/v1/workspaces/${demo.id}/flows`, { as, body: flow })
    const listener = await sluice.client.call('POST', `/v1/workspaces/${demo.id}/listeners`, {
      as,
      body: { name: 'Teller', flowId: made.json.id }
    })
    const { json: token } = await sluice.client.call('POST', '/v1/tokens', {
      as,
      body: { name: 'teller', days: 1, password: admin.password }
    })
    const called = await sluice.client.call('POST', `/v1/dynamic/listener/${listener.json.id}`, { as: token.token })
    t.equal(called.status, 200, called.text)

    const { page, expectClean } = await open({ as: admin, path: `/events?workspace=${demo.id}` })
    const row = page.getByRole('row').filter({ hasText: 'order.placed' })
    await row.getByText('no sink', { exact: true }).waitFor()
    await row.getByRole('button', { name: 'Send again', exact: true }).click()
    await page.getByRole('alert').waitFor()
    await expectClean(t, 'an event that no sink takes')
    await page.getByRole('textbox', { name: 'URL', exact: true }).fill('https://example.com/events')
    await page.getByRole('button', { name: 'Add sink', exact: true }).click()
    await page.getByLabel('I have stored it').check()
    await row.getByRole('button', { name: 'Send again', exact: true }).click()
    await page.getByRole('status').filter({ hasText: 'Sent again' }).waitFor()
    const { json } = await sluice.client.call('GET', `/v1/workspaces/${demo.id}/events`, { as })
    t.equal(json.items[0].deliveries.length, 1)
  })

  await t.test('the e-mails for alerts are named one a line, and one that is none is told beside them', async (t) => {
    const { page } = await open({ as: admin, path: `/workspace?workspace=${demo.id}` })
    const emails = page.getByRole('textbox', { name: /^E-mails for alerts/ })
    await emails.fill('ops@example.com\nnobody')
    await page.getByRole('button', { name: 'Save settings', exact: true }).click()
    await page.getByText('The list of e-mails is refused').waitFor()
    await emails.fill('ops@example.com\nlead@example.com')
    await page.getByRole('button', { name: 'Save settings', exact: true }).click()
    await page.getByRole('status').filter({ hasText: 'Settings saved' }).waitFor()
    const { json } = await sluice.client.call('GET', `/v1/workspaces/${demo.id}`, { as: admin.session })
    t.strictSame(json.alertEmails, ['ops@example.com', 'lead@example.com'])
  })

  await t.test('a schedule says when it starts, and is paused', async (t) => {
    const flow = {
      document: { dsl: '1.0.3', namespace: 'demo', name: 'nightly', version: '1.0.0' },
      schedule: { cron: '0 3 * * *' },
      do: [{ note: { set: { ok: true } } }]
    }
    const made = await sluice.client.call('POST', `/v1/workspaces/${demo.id}/flows`, { as: admin.session, body: flow })
    t.equal(made.status, 201, made.text)
    const { page, expectClean } = await open({ as: admin, path: `/schedules?workspace=${demo.id}` })
    const row = page.getByRole('row').filter({ hasText: 'nightly' })
    await row.filter({ hasText: 'every day at 03:00' }).waitFor({ timeout: 60_000 })
    await expectClean(t, 'schedules')
    await row.getByRole('button', { name: 'Pause', exact: true }).click()
    await row.getByText('paused', { exact: true }).waitFor()
    await row.getByRole('button', { name: 'Go on', exact: true }).click()
    await row.getByText('on', { exact: true }).waitFor()
  })

  await t.test('a viewer sees everything and is offered nothing that an owner or editor does', async (t) => {
    const viewer = await sluice.client.signUp('Vera')
    await sluice.services.changes.transaction(async (tx, announce) => {
      await tx.member.create({
        data: { workspaceId: demo.id, accountId: viewer.id, role: 'viewer', createdAt: new Date() }
      })
      announce('account', viewer.id)
    })
    const { page, expectClean } = await open({ as: viewer, path: `/secrets?workspace=${demo.id}` })
    const offered: Record<string, string> = {
      '/secrets': 'Add secret',
      '/actions': 'Create action',
      '/events': 'Add sink',
      '/workspace': 'Save settings'
    }
    for (const [path, name] of Object.entries(offered)) {
      await page.goto(at(`${path}?workspace=${demo.id}`))
      await page.getByText('You can view Demo, not change it.').waitFor()
      await expectClean(t, path)
      t.equal(await control(page, name).count(), 0, name)
    }
  })

  async function workspaceNamed(name: string, person: Person): Promise<{ id: string }> {
    const { json } = await sluice.client.call('GET', '/v1/workspaces', { as: person.session })
    return json.items.find((workspace: { name: string }) => workspace.name === name)
  }
})

function control(page: Page, name: string) {
  return page.getByRole('button', { name, exact: true }).or(page.getByRole('link', { name, exact: true }))
}
