import t from 'tap'
import { RESETS } from '../../src/accounts/password-resets.ts'
import { HOUR_MS } from '../../src/lib/clock.ts'
import { addressesOf, startMailServer } from '../fixtures/mail-server.ts'
import { addMember, codeOf } from '../fixtures/members.ts'
import { startSluice } from '../fixtures/sluice.ts'
import { until } from '../fixtures/until.ts'

const mail = await startMailServer(t)
const sluice = await startSluice(t, { smtp: mail.smtp })
const { client, clock, services } = sluice
const root = await client.signUp('Root')

const linkIn = (text: string | undefined): string => /http\S+\/console\/links\/[\w-]{43}/.exec(text ?? '')?.[0] ?? ''
const use = (link: string, body: object) => client.call('POST', `/v1/links/${codeOf(link)}`, { body })
const reset = (email: string) => client.call('POST', '/v1/password-resets', { body: { email } })
const resetsTo = (email: string) =>
  mail.mails.filter((one) => addressesOf(one).includes(email) && /another password/.test(one.subject ?? ''))
/** The requests are answered before the mails are made: this waits for those under way. */
const settled = () => services.passwordResets.close()

t.test('a story: a lost password comes back by mail', async (t) => {
  const person = await client.signUp('Ada')
  const answer = await reset(person.email.toUpperCase())
  t.match(answer, { status: 202, text: '' })
  const message = await mail.received(person.email, /another password/)
  const link = linkIn(message.text)
  t.match((await client.call('GET', `/v1/links/${codeOf(link)}`)).json, { purpose: 'reset', email: person.email })
  t.equal(message.from?.text, '"Sluice" <sluice@example.com>')
  t.ok(String(message.html).includes(link))
  t.equal((await use(link, { password: 'the new pass phrase' })).status, 200)
  t.equal((await client.call('GET', '/v1/account', { as: person.session })).status, 401, 'its sessions have ended')
  t.equal((await client.call('GET', '/v1/account', { as: person })).status, 401)
  t.equal((await client.call('GET', '/v1/account', { as: { ...person, password: 'the new pass phrase' } })).status, 200)
  await mail.received(person.email, /password for Sluice was changed/)
  t.equal((await use(link, { password: 'yet another pass phrase' })).status, 404)

  await reset(person.email)
  await settled()
  const late = linkIn(resetsTo(person.email).at(-1)?.text)
  clock.advance(HOUR_MS + 1)
  t.equal((await use(late, { password: 'too late a pass phrase' })).status, 404)
  t.notOk(sluice.logged().includes(codeOf(link)))
})

t.test('202 alike: unknown and suspended accounts and requests beyond the limit, which send nothing', async (t) => {
  const [ada, gone] = [await client.signUp('Ada'), await client.signUp('Gone')]
  await client.call('PATCH', `/v1/admin/accounts/${gone.id}`, { as: root, body: { suspended: true } })
  const shape = ({ status, text, headers }: Awaited<ReturnType<typeof reset>>) => ({
    status,
    text,
    headers: { ...headers, date: '', 'x-request-id': '' }
  })
  const known = shape(await reset(ada.email))
  for (const email of ['nobody@example.com', gone.email, 'аda@example.com'])
    t.strictSame(shape(await reset(email)), known, email)
  for (let count = 0; count < RESETS.email.tries + 2; count++) t.strictSame(shape(await reset(ada.email)), known)
  await settled()
  await until(async () => resetsTo(ada.email).length === RESETS.email.tries, 30_000, 'the mails within the limit')
  t.equal(resetsTo(gone.email).length, 0)
  t.equal((await client.call('POST', '/v1/password-resets', { body: { email: 'nonsense' } })).status, 400)
  t.equal((await client.call('POST', '/v1/password-resets', { body: {} })).status, 400)
})

t.test('invitations and accounts by admins are mailed, with the link of the answer and no more', async (t) => {
  const owner = await client.signUp('Owner <b>of</b>\u2028it')
  const invited = await client.call('POST', `/v1/workspaces/${owner.workspaceId}/invitations`, {
    as: owner.session,
    body: { email: 'guest@example.com', role: 'viewer' }
  })
  const invitation = await mail.received('guest@example.com', /invites you/)
  t.equal(linkIn(invitation.text), invited.json.link)
  t.notOk(String(invitation.html).includes('<b>'), 'names are text')
  const made = await client.call('POST', '/v1/admin/accounts', {
    as: root,
    body: { email: 'made@example.com', name: 'Made' }
  })
  t.equal(linkIn((await mail.received('made@example.com', /Your account/)).text), made.json.link)
  const recovery = await client.call('POST', `/v1/admin/accounts/${made.json.account.id}/recovery`, { as: root })
  t.equal(linkIn((await mail.received('made@example.com', /another password/)).text), recovery.json.link)
})

t.test('owners are told of a sign-in from a new place, and of tokens that somebody else revoked', async (t) => {
  const person = await client.signUp('Ada')
  const member = await client.signUp('Member')
  await addMember(client, person, member, 'viewer')
  clock.advance(2 * HOUR_MS)
  const { email, password } = person
  const body = { email, password }
  await client.call('POST', '/v1/sessions', { body })
  await client.call('POST', '/v1/sessions', { body, from: '127.0.9.9', headers: { 'user-agent': 'stranger/1.0' } })
  const told = await mail.received(email, /New sign-in/)
  t.match(told.text, /127\.0\.9\.9, with stranger\/1\.0/)
  t.equal(mail.mails.filter((one) => addressesOf(one).includes(email) && /sign-in/.test(one.subject ?? '')).length, 1)

  await client.signIn(person)
  const made = async (name: string) =>
    (await client.call('POST', '/v1/tokens', { as: person.session, body: { name, days: 1 } })).json
  const [own, others] = [await made('own'), await made('theirs')]
  await client.call('DELETE', `/v1/tokens/${own.id}`, { as: person.session })
  await client.call('DELETE', `/v1/admin/tokens/${others.id}`, { as: root, body: { reason: 'found on a page' } })
  const revoked = await mail.received(email, /revoked/)
  t.match(revoked.text, /"theirs"[^]*found on a page/)
  t.notMatch(revoked.text, /own/)
  const leaked = await made('leaked')
  await client.call('POST', '/v1/tokens/report-leak', { body: { tokens: [leaked.token] } })
  await until(
    async () => mail.mails.some(({ text }) => text?.includes('"leaked"') === true),
    30_000,
    'a mail about the leak'
  )
  for (const { text, subject } of mail.mails) t.notMatch(`${subject} ${text}`, /sl[cs]_[0-9A-Za-z]{20}/)
})

t.test('without SMTP_URL no link is made, and the log says so once', async (t) => {
  const silent = await startSluice(t)
  const person = await silent.client.signUp('Ada')
  for (let count = 0; count < 3; count++)
    t.equal((await silent.client.call('POST', '/v1/password-resets', { body: { email: person.email } })).status, 202)
  await silent.services.passwordResets.close()
  t.equal(await silent.services.database.prisma.link.count(), 0)
  t.equal(silent.logged().split('SMTP_URL is not set').length - 1, 1)
})
