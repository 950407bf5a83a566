import { TOTP, Secret as OtpSecret } from 'otpauth'
import t from 'tap'
import { SESSION_IDLE_MS, SESSION_MS } from '../../src/accounts/session-life.ts'
import type { Person } from '../fixtures/client.ts'
import { startSluice } from '../fixtures/sluice.ts'

const { client, clock } = await startSluice(t)
await client.signUp('Root')

async function signIn({ email, password }: Person, agent = 'test/1.0'): Promise<string> {
  const answer = await client.call('POST', '/v1/sessions', {
    body: { email, password },
    headers: { 'user-agent': agent }
  })
  return answer.json.token
}
const statusOf = async (as: string) => (await client.call('GET', '/v1/account', { as })).status
const list = async (as: string | Person, query = '') =>
  (await client.call('GET', `/v1/account/sessions${query}`, { as })).json

t.test('200: sessions are listed newest first, with address, program and last use', async (t) => {
  const person = await client.signUp()
  const phone = await signIn(person, 'phone/2 (Ünïcode)'.normalize('NFC').replace(/[^\x20-\x7e]/g, '?'))
  const { items, nextCursor } = await list(phone)
  t.match(items, [
    { id: /^ses_/, ip: '127.0.0.1', userAgent: /^phone\/2/, current: true },
    { id: /^ses_/, current: false }
  ])
  t.equal(nextCursor, null)
  clock.advance(120_000)
  const [, first] = (await list(person.session)).items
  t.ok(new Date(first.lastSeenAt).getTime() - new Date(first.createdAt).getTime() >= 119_000)
  t.same(
    (await list(person)).items.map(({ current }: { current: boolean }) => current),
    [false, false],
    'by Basic none is the current one'
  )
  const page = await list(phone, '?limit=1')
  t.equal((await list(phone, `?limit=1&cursor=${page.nextCursor}`)).items[0].id, items[1].id)
})

t.test('204: one ends, the others end; another account’s is absent', async (t) => {
  const [ada, bob] = [await client.signUp('Ada'), await client.signUp('Bob')]
  const [second, third] = [await signIn(ada), await signIn(ada)]
  const idOf = async (as: string) =>
    (await list(as)).items.find(({ current }: { current: boolean }) => current).id as string
  const path = `/v1/account/sessions/${await idOf(second)}`
  t.equal((await client.call('DELETE', path, { as: bob.session })).status, 404)
  t.equal(await statusOf(second), 200)
  t.equal((await client.call('DELETE', path, { as: third })).status, 204)
  t.equal(await statusOf(second), 401)
  t.equal((await client.call('DELETE', path, { as: third })).status, 404)
  t.equal((await client.call('DELETE', '/v1/account/sessions', { as: third })).status, 400)
  t.equal((await client.call('DELETE', '/v1/account/sessions?others=false', { as: third })).status, 400)
  t.equal((await client.call('DELETE', '/v1/account/sessions?others=true', { as: third })).status, 204)
  t.same([await statusOf(third), await statusOf(ada.session), await statusOf(bob.session)], [200, 401, 200])
  const audit = (await client.call('GET', '/v1/account/audit?action=session.ended', { as: third })).json.items
  t.equal(audit.length, 2, 'each end is in the audit log')
})

t.test('401: a session ends after a day without use, and after seven days in any case', async (t) => {
  const person = await client.signUp()
  const used = await signIn(person)
  const unused = await signIn(person)
  for (let passed = 0; passed < SESSION_MS - SESSION_IDLE_MS / 2; passed += SESSION_IDLE_MS / 2) {
    t.equal(await statusOf(used), 200)
    clock.advance(SESSION_IDLE_MS / 2)
  }
  t.equal(await statusOf(unused), 401)
  t.equal(await statusOf(used), 200)
  clock.advance(SESSION_IDLE_MS / 2)
  t.equal(await statusOf(used), 401)
})

t.test('204: turning the second factor on or off ends the other sessions, and off takes a code', async (t) => {
  const person = await client.signUp()
  const as = person.session
  const before = await signIn(person)
  const enrolled = (await client.call('POST', '/v1/account/totp', { as, body: { password: person.password } })).json
  const code = (): string =>
    new TOTP({ secret: OtpSecret.fromBase32(enrolled.secret) }).generate({ timestamp: clock.now() })
  t.equal(await statusOf(before), 200)
  t.equal((await client.call('POST', '/v1/account/totp/confirm', { as, body: { totp: code() } })).status, 204)
  t.same([await statusOf(as), await statusOf(before)], [200, 401])

  clock.advance(60_000)
  const totp = code()
  const { email, password } = person
  const other = (await client.call('POST', '/v1/sessions', { body: { email, password, totp } })).json.token
  const remove = (body: object) => client.call('DELETE', '/v1/account/totp', { as, body })
  t.match(await remove({ password }), { status: 400, json: { errors: [{ pointer: '/totp' }] } })
  t.match(await remove({ password, totp: '000000' }), { status: 400, json: { totp: 'refused' } })
  t.equal(await statusOf(other), 200)
  t.equal((await remove({ password, totp: enrolled.recoveryCodes[0] })).status, 204, 'a recovery code is taken')
  t.same([await statusOf(as), await statusOf(other)], [200, 401])
})
