import t from 'tap'
import { VERIFICATIONS } from '../../src/accounts/email-verification.ts'
import { DAY_MS } from '../../src/lib/clock.ts'
import { addressesOf, startMailServer } from '../fixtures/mail-server.ts'
import { addMember, codeOf } from '../fixtures/members.ts'
import { startSecondProcess } from '../fixtures/second-process.ts'
import { startSluice } from '../fixtures/sluice.ts'
import { until } from '../fixtures/until.ts'

const mail = await startMailServer(t)
const sluice = await startSluice(t, { smtp: mail.smtp })
const { client, clock, services } = sluice
const root = await client.signUp('Root')

const CONFIRM = /Confirm your e-mail/
const linkIn = (text: string | undefined) => /http\S+\/console\/links\/[\w-]{43}\S*/.exec(text ?? '')?.[0] ?? ''
const mailCodeOf = (link: string) => new URL(link).hash.slice(1)
const use = (link: string, body: object = {}, as?: string) =>
  client.call('POST', `/v1/links/${codeOf(link)}`, { body, ...(as === undefined ? {} : { as }) })
const isVerified = async (email: string) =>
  (await services.database.prisma.account.findUniqueOrThrow({ where: { email } })).emailVerifiedAt !== null
const mailsTo = (email: string, subject: RegExp) =>
  mail.mails.filter((one) => addressesOf(one).includes(email) && subject.test(one.subject ?? ''))
/** The link of the newest mail, once there are so many to this address. */
async function newestLink(email: string, count: number): Promise<string> {
  await until(async () => mailsTo(email, CONFIRM).length === count, 30_000, `${count} mails to ${email}`)
  return linkIn(mailsTo(email, CONFIRM).at(-1)?.text)
}
const signUpAs = (email: string, password = 'a long pass phrase') =>
  client.call('POST', '/v1/accounts', { body: { email, password, name: 'Ada' } })

t.test('a story: who signs up proves the e-mail by a mailed link, once, in a session of the account', async (t) => {
  const ada = await client.signUp('Ada')
  const other = await client.signUp('Other')
  const account = async () => (await client.call('GET', '/v1/account', { as: ada.session })).json
  t.equal((await account()).emailVerified, false)
  const link = await newestLink(ada.email, 1)
  t.match((await client.call('GET', `/v1/links/${codeOf(link)}`)).json, { purpose: 'verify', email: ada.email })
  t.match(await use(link), { status: 401, json: { code: 'unauthenticated' } }, 'reading the mail is not enough')
  t.match(await use(link, {}, other.session), { status: 404 }, 'nor is the session of somebody else')
  t.match(await use(link, { password: 'not the password' }), { status: 403, json: { code: 'password_incorrect' } })
  t.equal((await account()).emailVerified, false)
  t.match(await use(link, {}, ada.session), { status: 200, json: { purpose: 'verify', email: ada.email } })
  t.equal((await account()).emailVerified, true)
  t.equal((await use(link, {}, ada.session)).status, 404, 'it works once')
  const lines = (await client.call('GET', '/v1/account/audit?action=email.verified', { as: ada.session })).json.items
  t.match(lines, [{ actorId: ada.id, target: ada.id, ip: '127.0.0.1' }])
  t.equal((await client.call('GET', `/v1/admin/accounts/${ada.id}`, { as: root })).json.emailVerified, true)
  t.match(await client.call('POST', '/v1/account/email-verification', { as: ada.session }), {
    status: 409,
    json: { code: 'conflict' }
  })
  t.notOk(sluice.logged().includes(codeOf(link)))
})

t.test("200: without a session the account's password proves it; a link is over after a day", async (t) => {
  await signUpAs('grace@example.com')
  const late = await newestLink('grace@example.com', 1)
  clock.advance(DAY_MS + 1)
  t.equal((await use(late, { password: 'a long pass phrase' })).status, 404)
  const { token } = (
    await client.call('POST', '/v1/sessions', { body: { email: 'grace@example.com', password: 'a long pass phrase' } })
  ).json
  t.equal((await client.call('POST', '/v1/account/email-verification', { as: token })).status, 202)
  const link = await newestLink('grace@example.com', 2)
  t.equal((await use(link, { password: 'a long pass phrase' })).status, 200)
  t.ok(await isVerified('grace@example.com'))
})

t.test('429: links beyond the limit of an account; a newer one ends the older', async (t) => {
  await client.signIn(root)
  const eve = await client.signUp('Eve')
  const first = await newestLink(eve.email, 1)
  let newest = first
  for (let count = 1; count <= VERIFICATIONS.tries; count++) {
    t.equal((await client.call('POST', '/v1/account/email-verification', { as: eve.session })).status, 202)
    newest = await newestLink(eve.email, 1 + count)
  }
  const refused = await client.call('POST', '/v1/account/email-verification', { as: eve.session })
  t.match(refused, { status: 429, json: { code: 'rate_limited' } })
  t.ok(Number(refused.headers['retry-after']) > 0)
  t.equal((await use(first, {}, eve.session)).status, 404)
  t.equal((await use(newest, {}, eve.session)).status, 200)
})

t.test('a password reset by mail proves the e-mail; a recovery does only by what its mail alone has', async (t) => {
  const [ada, eve, mary] = [await client.signUp('Ada'), await client.signUp('Eve'), await client.signUp('Mary')]
  await client.call('POST', '/v1/password-resets', { body: { email: ada.email } })
  const reset = linkIn((await mail.received(ada.email, /another password/)).text)
  t.equal((await use(reset, { password: 'the second pass phrase' })).status, 200)
  t.ok(await isVerified(ada.email))

  const recover = async (id: string) =>
    (await client.call('POST', `/v1/admin/accounts/${id}/recovery`, { as: root.session })).json.link
  const shown = await recover(eve.id)
  const mailed = linkIn((await mail.received(eve.email, /another password/)).text)
  t.equal(mailed.split('#')[0], shown)
  t.equal((await use(shown, { password: 'the second pass phrase' })).status, 200)
  t.notOk(await isVerified(eve.email), 'the admin saw this link')
  await recover(mary.id)
  const hers = linkIn((await mail.received(mary.email, /another password/)).text)
  t.equal((await use(hers, { password: 'the second pass phrase', mailCode: mailCodeOf(hers) })).status, 200)
  t.ok(await isVerified(mary.email))
  t.match(await use(hers, { mailCode: 'short' }), { status: 400 })
})

t.test('an owner who invites an address of somebody else does not prove it; its mail does', async (t) => {
  const owner = await client.signUp('Owner')
  const invite = async (email: string) =>
    (
      await client.call('POST', `/v1/workspaces/${owner.workspaceId}/invitations`, {
        as: owner.session,
        body: { email, role: 'viewer' }
      })
    ).json.link
  const body = { password: 'a long pass phrase', name: 'Ceo' }
  t.equal((await use(await invite('ceo@victim.example'), body)).status, 200)
  t.notOk(await isVerified('ceo@victim.example'))

  await invite('cto@victim.example')
  const mailed = linkIn((await mail.received('cto@victim.example', /invites you/)).text)
  t.equal((await use(mailed, { ...body, mailCode: mailCodeOf(mailed) })).status, 200)
  t.ok(await isVerified('cto@victim.example'))

  const known = await client.signUp('Known')
  await invite(known.email)
  const hers = linkIn((await mail.received(known.email, /invites you/)).text)
  t.equal((await use(hers, { mailCode: mailCodeOf(mailed) }, known.session)).status, 200, 'a code of another link')
  t.notOk(await isVerified(known.email))
})

t.test('403: where a policy names domains, nobody signs in before the e-mail is proven', async (t) => {
  const setPolicy = (policy: object) =>
    client.call('PUT', '/v1/admin/policy', { as: root.session, body: { ...policy, password: root.password } })
  t.equal((await setPolicy({ signupDomains: ['corp.example'] })).status, 200)
  const pair = { email: 'ceo@corp.example', password: 'a long pass phrase' }
  const signIn = () => client.call('POST', '/v1/sessions', { body: pair })
  t.match(await signUpAs(pair.email), { status: 201, json: { state: 'active', emailVerified: false } })
  const first = await newestLink(pair.email, 1)
  t.match(await signIn(), { status: 403, json: { code: 'insufficient_scope', detail: /link that was mailed/ } })
  t.equal((await client.call('POST', '/v1/sessions', { body: { ...pair, password: 'wrong one' } })).status, 401)
  t.equal((await client.call('GET', '/v1/account', { as: pair })).status, 401, 'by Basic')
  t.equal(mailsTo(pair.email, CONFIRM).length, 1, 'the link of the sign-up works still')
  clock.advance(DAY_MS + 1)
  t.equal((await signIn()).status, 403)
  const link = await newestLink(pair.email, 2)
  t.equal((await use(first, { password: pair.password })).status, 404)
  t.equal((await use(link, { password: pair.password })).status, 200)
  t.equal((await signIn()).status, 201)
  t.equal((await client.call('GET', '/v1/account', { as: pair })).json.emailVerified, true)

  await client.signIn(root)
  const second = await signUpAs('cto@corp.example')
  const { link: recovery } = (
    await client.call('POST', `/v1/admin/accounts/${second.json.id}/recovery`, { as: root.session })
  ).json
  t.equal((await use(recovery, { password: pair.password })).status, 200)
  t.equal(
    (await client.call('POST', '/v1/sessions', { body: { ...pair, email: 'cto@corp.example' } })).status,
    201,
    'an admin may let people in'
  )
  t.equal((await setPolicy({})).status, 200)
})

t.test('one wins: a link used in two processes at once', async (t) => {
  const other = await startSecondProcess(t, sluice)
  const ada = await client.signUp('Ada')
  const link = await newestLink(ada.email, 1)
  const answers = await Promise.all([
    use(link, {}, ada.session),
    other.client.call('POST', `/v1/links/${codeOf(link)}`, { as: ada.session, body: {} })
  ])
  t.same(answers.map(({ status }) => status).sort(), [200, 404])
})

t.test('without SMTP_URL the address stays unproven, no link is made, and nothing is refused for it', async (t) => {
  const silent = await startSluice(t)
  const admin = await silent.client.signUp('Root')
  const policy = { signupDomains: ['example.com'], password: admin.password }
  await silent.client.call('PUT', '/v1/admin/policy', { as: admin.session, body: policy })
  const ada = await silent.client.signUp('Ada')
  await addMember(silent.client, admin, ada, 'viewer')
  t.equal((await silent.client.call('GET', '/v1/account', { as: ada.session })).json.emailVerified, false)
  t.equal(await silent.services.database.prisma.link.count({ where: { purpose: 'verify' } }), 0)
  t.match(await silent.client.call('POST', '/v1/account/email-verification', { as: ada.session }), {
    status: 409,
    json: { detail: /not set up/ }
  })
})
