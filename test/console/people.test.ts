import t from 'tap'
import { startMailServer } from '../fixtures/mail-server.ts'
import { until } from '../fixtures/until.ts'
import { inBrowser, openConsole } from './fixtures/open-console.ts'
import { eventually, shown, unconfirmed } from './fixtures/pages.ts'

const PASS_PHRASE = 'a long pass phrase of nobody else'

t.test('people: invited, made by an admin, and back in after a lost password', inBrowser, async (t) => {
  const { admin, at, listenerId, open, sluice } = await openConsole(t)
  const { workspaceId } = (await sluice.client.call('GET', `/v1/listeners/${listenerId}`, { as: admin.session })).json
  const { page, expectClean } = await open({
    as: await unconfirmed(sluice.client, admin),
    permissions: ['clipboard-read', 'clipboard-write']
  })
  let invitation = ''

  await t.test(
    'an owner invites a second owner: the page asks for the password once, and sends it again',
    async (t) => {
      await page.goto(at(`/workspace?workspace=${workspaceId}&tab=members`))
      await page.getByLabel('E-mail', { exact: true }).fill('mary@example.com')
      await page.getByRole('combobox', { name: 'Role', exact: true }).selectOption('owner')
      await page.getByRole('button', { name: 'Send invitation', exact: true }).click()
      const asking = page.getByRole('dialog', { name: 'Confirm with your password' })
      await asking.waitFor()
      await expectClean(t, 'the question for the password')
      await asking.getByRole('button', { name: 'Cancel', exact: true }).click()
      await asking.waitFor({ state: 'detached' })
      t.equal(await page.getByRole('alert').count(), 0, 'who declines is shown no error')
      t.equal(await page.getByLabel('E-mail', { exact: true }).inputValue(), 'mary@example.com')

      await page.getByRole('button', { name: 'Send invitation', exact: true }).click()
      await asking.getByLabel('Your password', { exact: true }).fill('not my password')
      await asking.getByRole('button', { name: 'Confirm', exact: true }).click()
      await asking.getByText('This is not your password.').waitFor()
      await asking.getByLabel('Your password', { exact: true }).fill(admin.password)
      await asking.getByRole('button', { name: 'Confirm', exact: true }).click()
      await asking.waitFor({ state: 'detached' })
      await page.getByRole('heading', { level: 2, name: 'Copy your invitation link now', exact: true }).waitFor()
      invitation = await page.getByRole('textbox', { name: 'Invitation link', exact: true }).inputValue()
      t.match(new URL(invitation).pathname, /^\/console\/links\/[\w-]{43}$/)
      await expectClean(t, 'a sent invitation')
      await page.getByLabel('I have stored it').check()
      await page.getByRole('button', { name: 'Done', exact: true }).click()
      const open = page.getByRole('table', { name: 'Open invitations' })
      await open.getByRole('row').filter({ hasText: 'mary@example.com' }).waitFor()
      t.notOk((await page.content()).includes(invitation))
    }
  )

  await t.test('a stranger accepts with a new account; the same link works no more', async (t) => {
    const stranger = await open()
    await stranger.page.goto(invitation)
    await shown(stranger.page, 'Join Demo')
    await stranger.expectClean(t, 'an invitation')
    await stranger.page.getByLabel('Name', { exact: true }).fill('Mary')
    await stranger.page.getByLabel('Password', { exact: true }).fill(PASS_PHRASE)
    await stranger.page.getByRole('button', { name: 'Create account and join', exact: true }).click()
    await shown(stranger.page, 'Home')
    await stranger.page.getByRole('button', { name: 'Workspace: Demo', exact: true }).waitFor()
    await stranger.page.goto(invitation)
    await shown(stranger.page, 'This link works no more')
    await stranger.expectClean(t, 'a used link')
  })

  await t.test('an account that is signed in accepts with a press; another one is told whose it is', async (t) => {
    const grace = await sluice.client.signUp('Grace')
    const { json } = await sluice.client.call('POST', `/v1/workspaces/${workspaceId}/invitations`, {
      as: admin.session,
      body: { email: grace.email, role: 'viewer' }
    })
    await page.goto(json.link)
    await page.getByText(`you are signed in as ${admin.email}`).waitFor()
    await expectClean(t, "somebody else's invitation")
    const hers = await open({ as: grace })
    await hers.page.goto(json.link)
    await hers.page.getByRole('button', { name: 'Accept invitation', exact: true }).click()
    await hers.page.getByRole('button', { name: 'Workspace: Demo', exact: true }).waitFor()
    await hers.page.goto(at('/secrets'))
    await hers.page.getByText('You can view Demo, not change it.').waitFor()
  })

  await t.test('an admin makes an account; its owner sets the password by the link', async (t) => {
    await page.goto(at('/admin/accounts'))
    await page.getByRole('link', { name: 'Create account', exact: true }).click()
    await shown(page, 'Create account')
    await page.getByLabel('E-mail', { exact: true }).fill('joan@example.com')
    await page.getByLabel('Name', { exact: true }).fill('Joan')
    await expectClean(t, 'a new account')
    await page.getByRole('button', { name: 'Create account', exact: true }).click()
    const link = await page.getByRole('textbox', { name: 'Link', exact: true }).inputValue()
    const row = page.getByRole('row').filter({ hasText: 'joan@example.com' })
    await row.getByText('invited', { exact: true }).waitFor()
    await expectClean(t, 'the link of a new account')
    await page.getByRole('button', { name: 'Copy link', exact: true }).click()
    await eventually(t, () => page.evaluate('navigator.clipboard.readText()'), link)
    await page.getByRole('button', { name: 'Done', exact: true }).click()

    const joan = await open()
    await joan.page.goto(link)
    await shown(joan.page, 'Welcome to Sluice')
    await joan.page.getByLabel('New password', { exact: true }).fill('short')
    await joan.page.getByRole('button', { name: 'Set password', exact: true }).click()
    await joan.page.getByText('At least 8 characters.').waitFor()
    await joan.expectClean(t, 'the first password')
    await joan.page.getByLabel('New password', { exact: true }).fill(PASS_PHRASE)
    await joan.page.getByRole('button', { name: 'Set password', exact: true }).click()
    await shown(joan.page, 'Home')
  })

  await t.test('a recovery link leads back in', async (t) => {
    await page.goto(at('/admin/accounts'))
    await page.getByRole('button', { name: 'Actions for joan@example.com', exact: true }).click()
    await page.getByRole('menuitem', { name: 'Make recovery link…', exact: true }).click()
    const asking = page.getByRole('alertdialog', { name: 'Make a recovery link for joan@example.com?' })
    await expectClean(t, 'the question for a recovery link')
    await asking.getByRole('button', { name: 'Make link', exact: true }).click()
    const link = await page.getByRole('textbox', { name: 'Link', exact: true }).inputValue()
    await page.getByLabel('I have stored it').check()
    const joan = await open()
    await joan.page.goto(link)
    await shown(joan.page, 'Choose a new password')
    await joan.page.getByLabel('New password', { exact: true }).fill(`${PASS_PHRASE} again`)
    await joan.page.getByRole('button', { name: 'Set password', exact: true }).click()
    await shown(joan.page, 'Home')
  })
})

t.test('people: an e-mail is confirmed by the link in its mail', inBrowser, async (t) => {
  const mail = await startMailServer(t)
  const { admin, at, open, sluice } = await openConsole(t, { smtp: mail.smtp })
  const linkIn = (text: string | undefined): string => /http\S+\/console\/links\/\S+/.exec(text ?? '')?.[0] ?? ''

  await t.test('in the session of the account by a press', async (t) => {
    const { page, expectClean } = await open({ as: admin })
    await page.goto(at('/account'))
    await page.getByText('not confirmed', { exact: true }).waitFor()
    await expectClean(t, 'a profile whose e-mail is not confirmed')
    await page.getByRole('button', { name: 'Mail a link', exact: true }).click()
    await page.getByText(`A link was mailed to ${admin.email}`).waitFor()
    await until(async () => mail.mails.length === 2, 30_000, 'the second mail')
    await page.goto(linkIn(mail.mails[1]?.text))
    await shown(page, 'Confirm your e-mail')
    await page.getByRole('button', { name: 'Confirm e-mail', exact: true }).click()
    await shown(page, 'Your e-mail is confirmed')
    await expectClean(t, 'a confirmed e-mail')
    await page.goto(at('/account'))
    await page.getByText('confirmed', { exact: true }).waitFor()
  })

  await t.test(
    'after a sign-up under a policy of domains, the mailed link and the password confirm the e-mail',
    async (t) => {
      await sluice.client.call('PUT', '/v1/admin/policy', {
        as: admin.session,
        body: { signupDomains: ['corp.example'], password: admin.password }
      })
      const { page, expectClean } = await open()
      await page.goto(at('/sign-up'))
      await page.getByLabel('Name', { exact: true }).fill('Grace')
      await page.getByLabel('E-mail', { exact: true }).fill('grace@corp.example')
      await page.getByLabel('Password', { exact: true }).fill(PASS_PHRASE)
      await page.getByRole('button', { name: 'Create account', exact: true }).click()
      await shown(page, 'Confirm your e-mail')
      await page.getByText('A link was mailed to grace@corp.example.').waitFor()
      await expectClean(t, 'a sign-up that waits for its mail')
      const { text } = await mail.received('grace@corp.example', /Confirm/)
      await page.goto(linkIn(text))
      await page.getByLabel('Password', { exact: true }).fill('somebody guesses it')
      await page.getByRole('button', { name: 'Confirm e-mail', exact: true }).click()
      await page.getByText('This is not the password of the account.').waitFor()
      await expectClean(t, 'the question for the password of the account')
      await page.getByLabel('Password', { exact: true }).fill(PASS_PHRASE)
      await page.getByRole('button', { name: 'Confirm e-mail', exact: true }).click()
      await shown(page, 'Your e-mail is confirmed')
    }
  )

  await t.test('an invitation that is opened from its mail confirms the e-mail too', async () => {
    const path = `/v1/workspaces/${admin.workspaceId}/invitations`
    const body = { email: 'mary@example.com', role: 'viewer' }
    await sluice.client.call('POST', path, { as: admin.session, body })
    const { page } = await open()
    await page.goto(linkIn((await mail.received('mary@example.com', /invites you/)).text))
    await page.getByLabel('Name', { exact: true }).fill('Mary')
    await page.getByLabel('Password', { exact: true }).fill(PASS_PHRASE)
    await page.getByRole('button', { name: 'Create account and join', exact: true }).click()
    await shown(page, 'Home')
    await page.goto(at('/account'))
    await page.getByText('confirmed', { exact: true }).waitFor()
  })
})
