import t from 'tap'
import type { Person } from '../fixtures/client.ts'
import { startSecondProcess } from '../fixtures/second-process.ts'
import { startSluice } from '../fixtures/sluice.ts'
import { addMember } from '../fixtures/members.ts'

const sluice = await startSluice(t)
const { client } = sluice

async function team(
  ...roles: ('owner' | 'editor' | 'viewer')[]
): Promise<{ owner: Person; at: string; others: Person[] }> {
  const owner = await client.signUp()
  const at = `/v1/workspaces/${owner.workspaceId}/members`
  const others = []
  for (const role of roles) {
    const person = await client.signUp()
    await addMember(client, owner, person, role)
    others.push(person)
  }
  return { owner, at, others }
}

t.test('400: nobody is added without an invitation, whether an account has the e-mail or not', async (t) => {
  const { owner, at } = await team()
  const bob = await client.signUp('Bob')
  const answers = []
  for (const email of [bob.email, 'nobody@example.com', owner.email]) {
    const refused = await client.call('POST', at, { as: owner.session, body: { email, role: 'viewer' } })
    t.match(refused, { status: 400, json: { detail: /invitations/ } })
    answers.push({ ...refused.json, requestId: '' })
  }
  t.strictSame(answers[0], answers[1])
  t.strictSame(answers[0], answers[2])
  t.equal((await client.call('GET', `/v1/workspaces/${owner.workspaceId}`, { as: bob.session })).status, 404)
})

t.test('200: members are listed newest first, in pages', async (t) => {
  const { owner, at, others } = await team('viewer', 'editor', 'viewer')
  const everyone = [...others.toReversed(), owner].map(({ id }) => id)
  const first = await client.call('GET', `${at}?limit=3`, { as: owner.session })
  const second = await client.call('GET', `${at}?limit=3&cursor=${first.json.nextCursor}`, { as: owner.session })
  const ids = ({ json }: typeof first) => json.items.map(({ accountId }: { accountId: string }) => accountId)
  t.same([...ids(first), ...ids(second)], everyone)
  t.equal(second.json.nextCursor, null)
  t.equal((await client.call('GET', `${at}?cursor=nonsense`, { as: owner.session })).status, 400)
})

t.test('200: a new role applies from the next call', async (t) => {
  const {
    owner,
    at,
    others: [viewer]
  } = await team('viewer')
  const secret = `/v1/workspaces/${owner.workspaceId}/secrets/api_key`
  const put = async () => (await client.call('PUT', secret, { as: viewer?.session ?? '', body: { value: 'x' } })).status
  t.equal(await put(), 403)
  const changed = await client.call('PATCH', `${at}/${viewer?.id}`, { as: owner.session, body: { role: 'editor' } })
  t.equal(changed.status, 200)
  t.equal(changed.json.role, 'editor')
  t.equal(await put(), 201)
})

t.test(
  '204: members can leave and owners can remove anybody; a removed member sees nothing on the next call',
  async (t) => {
    const {
      owner,
      at,
      others: [first, second]
    } = await team('viewer', 'editor')
    t.equal((await client.call('DELETE', `${at}/${first?.id}`, { as: first?.session ?? '' })).status, 204)
    t.equal((await client.call('GET', at, { as: first?.session ?? '' })).status, 404)
    t.equal((await client.call('DELETE', `${at}/${second?.id}`, { as: owner.session })).status, 204)
    t.equal((await client.call('GET', at, { as: second?.session ?? '' })).status, 404)
    t.equal(
      (await client.call('DELETE', `${at}/${second?.id}`, { as: owner.session })).status,
      404,
      'an account that is not a member cannot be removed'
    )
  }
)

t.test('409: the last owner can neither leave nor be demoted', async (t) => {
  const {
    owner,
    at,
    others: [editor]
  } = await team('editor')
  const left = await client.call('DELETE', `${at}/${owner.id}`, { as: owner.session })
  t.equal(left.status, 409)
  t.match(left.json.detail, /at least one owner/)
  t.equal(
    (await client.call('PATCH', `${at}/${owner.id}`, { as: owner.session, body: { role: 'viewer' } })).status,
    409
  )
  t.equal(
    (await client.call('PATCH', `${at}/${owner.id}`, { as: owner.session, body: { role: 'owner' } })).status,
    200,
    'keeping the role is not a demotion'
  )

  await client.call('PATCH', `${at}/${editor?.id}`, { as: owner.session, body: { role: 'owner' } })
  t.equal(
    (await client.call('DELETE', `${at}/${owner.id}`, { as: owner.session })).status,
    204,
    'with another owner it is allowed'
  )
})

t.test('if two owners remove each other at once in two processes, one remains', async (t) => {
  const second = await startSecondProcess(t, sluice)
  for (let round = 0; round < 5; round++) {
    const {
      owner,
      at,
      others: [other]
    } = await team('owner')
    const answers = await Promise.all([
      client.call('DELETE', `${at}/${other?.id}`, { as: owner.session }),
      second.client.call('DELETE', `${at}/${owner.id}`, { as: other?.session ?? '' })
    ])
    const { rows } = await sluice.services.database.pool.query(
      "select account_id from member where workspace_id = $1 and role = 'owner'",
      [owner.workspaceId]
    )
    t.equal(rows.length, 1, `one owner is left (${answers.map(({ status }) => status).join(', ')})`)
  }
})

t.test('404: an id that is not an account id is not a member', async (t) => {
  const { owner, at } = await team()
  for (const id of ['nonsense', '%00', 'acc_0000000000000000000000']) {
    t.equal((await client.call('DELETE', `${at}/${id}`, { as: owner.session })).status, 404, id)
    t.equal(
      (await client.call('PATCH', `${at}/${id}`, { as: owner.session, body: { role: 'viewer' } })).status,
      404,
      id
    )
  }
})
