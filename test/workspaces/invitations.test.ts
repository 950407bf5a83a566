import t from 'tap'
import { DAY_MS } from '../../src/lib/clock.ts'
import { INVITATIONS_SENT } from '../../src/workspaces/invitations/throttle.ts'
import type { Person } from '../fixtures/client.ts'
import { addMember, codeOf } from '../fixtures/members.ts'
import { startSecondProcess } from '../fixtures/second-process.ts'
import { startSluice } from '../fixtures/sluice.ts'

const sluice = await startSluice(t, { signup: 'open' })
const { client, clock, services } = sluice
const root = await client.signUp('Root')

const at = (owner: Person): string => `/v1/workspaces/${owner.workspaceId}/invitations`
const invite = (owner: Person, email: string, more: object = {}) =>
  client.call('POST', at(owner), { as: owner.session, body: { email, role: 'editor', ...more } })
const use = (link: string, as: string | Person | undefined, body: object = {}) =>
  client.call('POST', `/v1/links/${codeOf(link)}`, { ...(as === undefined ? {} : { as }), body })
const look = (link: string) => client.call('GET', `/v1/links/${codeOf(link)}`)
const sees = async (person: { session: string }, owner: Person) =>
  (await client.call('GET', `/v1/workspaces/${owner.workspaceId}`, { as: person.session })).status

t.test('a story: a stranger who registered first gets nothing until the invitation is accepted', async (t) => {
  const owner = await client.signUp('Owner')
  const stranger = await client.signUp('Registered first')
  const invited = await invite(owner, stranger.email.toUpperCase())
  t.match(invited, { status: 201, json: { id: /^inv_/, email: stranger.email, role: 'editor', expiresAt: String } })
  t.match(invited.json.link, new RegExp(`^${sluice.url}/console/links/[\\w-]{43}$`))
  t.equal(invited.headers['cache-control'], 'no-store')
  t.equal(await sees(stranger, owner), 404, 'an invitation gives nothing')

  t.strictSame((await look(invited.json.link)).json, {
    purpose: 'invitation',
    email: stranger.email,
    expiresAt: invited.json.expiresAt,
    workspace: { id: owner.workspaceId, name: 'Default', role: 'editor' }
  })
  t.match(await use(invited.json.link, undefined), { status: 401, json: { code: 'unauthenticated' } })
  t.match(await use(invited.json.link, undefined, { password: 'a thief’s pass phrase', name: 'Thief' }), {
    status: 401
  })
  t.match(await use(invited.json.link, 'sls_nonsense'), { status: 401 })
  t.match(await use(invited.json.link, root.session), { status: 404, json: { code: 'not_found' } })
  t.equal(await sees(stranger, owner), 404)

  const used = await use(invited.json.link, stranger.session, { password: 'another pass phrase', name: 'Other' })
  t.match(used, { status: 200, json: { purpose: 'invitation', email: stranger.email } })
  t.strictSame(Object.keys(used.json).sort(), ['email', 'purpose', 'workspace'])
  t.equal(await sees(stranger, owner), 200)
  t.equal((await client.call('GET', '/v1/account', { as: stranger })).status, 200, 'the password is what it was')
  for (const again of [await use(invited.json.link, stranger.session), await look(invited.json.link)])
    t.match(again, { status: 404, json: { code: 'not_found' } })
  t.strictSame((await client.call('GET', at(owner), { as: owner.session })).json.items, [])
})

t.test('200: where no account has the e-mail, accepting makes one, and nobody is signed in by it', async (t) => {
  const owner = await client.signUp('Owner')
  const email = 'grace.hopper@example.com'
  const { link } = (await invite(owner, email, { role: 'viewer' })).json
  t.match(await use(link, undefined), {
    status: 400,
    json: { errors: [{ pointer: '/password' }, { pointer: '/name' }] }
  })
  t.match(await use(link, undefined, { password: 'short', name: 'Grace' }), {
    status: 400,
    json: { errors: [{ pointer: '/password' }] }
  })
  t.match(await use(link, root.session, { password: 'a long pass phrase', name: 'Root' }), { status: 404 })
  const used = await use(link, undefined, { password: 'a long pass phrase', name: 'Grace' })
  t.match(used, { status: 200, json: { workspace: { id: owner.workspaceId, role: 'viewer' } } })
  t.notOk(used.headers['set-cookie'])
  const grace = { email, password: 'a long pass phrase' }
  const session = (await client.call('POST', '/v1/sessions', { body: grace })).json.token
  t.equal(await sees({ session }, owner), 200)
  t.equal((await client.call('GET', '/v1/workspaces', { as: session })).json.items.length, 2, 'one of her own as well')
})

t.test('409 and 400: who is a member or invited already, and e-mails that could pass for another', async (t) => {
  const owner = await client.signUp('Owner')
  const member = await client.signUp('Member')
  await addMember(client, owner, member, 'viewer')
  t.equal((await invite(owner, member.email)).status, 409)
  t.equal((await invite(owner, owner.email)).status, 409)
  t.equal((await invite(owner, 'new@example.com')).status, 201)
  t.equal((await invite(owner, 'ＮＥＷ@example.com')).status, 409)
  for (const email of ['аda@example.com', 'ada\u200b@example.com', 'ada@exаmple.com'])
    t.match(await invite(owner, email), { status: 400, json: { errors: [{ pointer: '/email' }] } }, email)
  for (const more of [{ role: 'admin' }, { expiresInDays: 0 }, { expiresInDays: 31 }, { other: 1 }])
    t.equal((await invite(owner, 'other@example.com', more)).status, 400)
})

t.test('404: withdrawn, past and replaced links; another workspace’s invitation', async (t) => {
  const owner = await client.signUp('Owner')
  const [bob, eve] = [await client.signUp('Bob'), await client.signUp('Eve')]
  const first = (await invite(owner, bob.email)).json
  const path = `${at(owner)}/${first.id}`
  t.equal((await client.call('POST', `${path}/resend`, { as: eve.session })).status, 404)
  t.equal((await client.call('DELETE', `${at(eve)}/${first.id}`, { as: eve.session })).status, 404)
  const second = await client.call('POST', `${path}/resend`, { as: owner.session })
  t.match(second, { status: 200, json: { id: first.id, email: bob.email } })
  t.equal((await look(first.link)).status, 404, 'the new link ends the earlier one')
  t.equal((await client.call('DELETE', path, { as: owner.session })).status, 204)
  t.equal((await client.call('DELETE', path, { as: owner.session })).status, 404)
  t.equal((await use(second.json.link, bob.session)).status, 404)

  const short = (await invite(owner, bob.email, { expiresInDays: 1 })).json
  clock.advance(DAY_MS + 1)
  t.equal((await use(short.link, bob)).status, 404)
  t.strictSame((await client.call('GET', at(owner), { as: owner })).json.items, [])
  const renewed = await client.call('POST', at(owner), { as: owner, body: { email: bob.email, role: 'viewer' } })
  t.equal(renewed.status, 201, 'a past one is in nobody’s way')
  t.equal((await look('https://x/console/links/' + 'A'.repeat(43))).status, 404)
  t.equal((await client.call('GET', '/v1/links/nonsense')).status, 404)
})

t.test('403: owners are invited with a confirmation, and only by owners', async (t) => {
  const owner = await client.signUp('Owner')
  const { token } = (
    await client.call('POST', '/v1/sessions', { body: { email: owner.email, password: owner.password } })
  ).json
  const send = (as: string, body: object) => client.call('POST', at(owner), { as, body })
  t.match(await send(token, { email: 'a@example.com', role: 'owner' }), {
    status: 403,
    json: { code: 'confirmation_required' }
  })
  const asOwner = await send(token, { email: 'a@example.com', role: 'owner', password: owner.password })
  t.equal(asOwner.status, 201)
  t.equal((await client.call('POST', `${at(owner)}/${asOwner.json.id}/resend`, { as: token })).status, 403)
  t.equal((await send(token, { email: 'b@example.com', role: 'viewer' })).status, 201)
  const editor = await client.signUp('Editor')
  await addMember(client, owner, editor, 'editor')
  for (const [method, path] of [
    ['POST', ''],
    ['GET', ''],
    ['DELETE', `/${asOwner.json.id}`]
  ] as const)
    t.equal(
      (
        await client.call(method, at(owner) + path, {
          as: editor.session,
          ...(method === 'POST' ? { body: { email: 'c@example.com', role: 'viewer' } } : {})
        })
      ).status,
      403
    )
})

t.test('404: an owner who was removed does not come back by an invitation of its own', async (t) => {
  const owner = await client.signUp('Owner')
  const [second, alias] = [await client.signUp('Second'), await client.signUp('Alias')]
  await addMember(client, owner, second, 'owner')
  const { link } = (
    await client.call('POST', at(owner), { as: second.session, body: { email: alias.email, role: 'owner' } })
  ).json
  t.equal(
    (await client.call('DELETE', `/v1/workspaces/${owner.workspaceId}/members/${second.id}`, { as: owner.session }))
      .status,
    204
  )
  t.equal((await use(link, alias.session)).status, 404)
})

t.test('one wins: of uses of one link at once in two processes, one makes the account', async (t) => {
  const owner = await client.signUp('Owner')
  const other = await startSecondProcess(t, sluice)
  for (let round = 0; round < 3; round++) {
    const { link } = (await invite(owner, `racer-${round}@example.com`)).json
    const body = { password: 'a long pass phrase', name: 'Racer' }
    const answers = await Promise.all(
      [client, other.client, client, other.client].map((one) => one.call('POST', `/v1/links/${codeOf(link)}`, { body }))
    )
    const statuses = answers.map(({ status }) => status)
    t.equal(statuses.filter((status) => status === 200).length, 1, statuses.join(' '))
    t.ok(statuses.every((status) => [200, 401, 404, 409].includes(status)))
    t.equal(await services.database.prisma.account.count({ where: { email: `racer-${round}@example.com` } }), 1)
  }
})

t.test('429 with Retry-After: an account sends a bounded number of invitations an hour', async (t) => {
  const owner = await client.signUp('Owner')
  const { id } = (await invite(owner, 'first@example.com')).json
  for (let count = 1; count < INVITATIONS_SENT.tries; count++) await services.invitationThrottle.take(owner.id)
  for (const refused of [
    await invite(owner, 'second@example.com'),
    await client.call('POST', `${at(owner)}/${id}/resend`, { as: owner.session })
  ])
    t.match(refused, { status: 429, json: { code: 'rate_limited' }, headers: { 'retry-after': /^\d+$/ } })
  t.equal((await client.call('GET', at(owner), { as: owner.session })).json.items.length, 1)
})
