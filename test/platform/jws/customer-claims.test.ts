import t from 'tap'
import { customerClaims } from '../../../src/platform/jws/customer-claims.ts'
import { JwsError } from '../../../src/platform/jws/errors.ts'
import type { JsonObject } from '../../../src/platform/jws/strict-json.ts'

function outcomeOf(claims: JsonObject): unknown {
  try {
    return customerClaims(claims)
  } catch (error) {
    if (error instanceof JwsError) return error.reason
    throw error
  }
}

const customer = { kind: 'customer', workspaceKey: 'wk', id: 'u', name: undefined, fields: undefined }

t.test('accepted: each shape of the contract', async (t) => {
  t.same(outcomeOf({ iss: 'wk', id: 'u' }), customer)
  t.same(outcomeOf({ iss: 'wk', id: 'u', name: 'Ada', fields: { a: [1, { b: null }] } }), {
    ...customer,
    name: 'Ada',
    fields: { a: [1, { b: null }] }
  })
  t.same(outcomeOf({ workspaceKey: 'wk', id: 'u' }), customer)
  t.same(outcomeOf({ workspaceKey: 'wk', tenantKey: 'u', name: 'Ada' }), { ...customer, name: 'Ada' })
  t.same(outcomeOf({ workspaceKey: 'wk', iss: 'wk', id: 'u', tenantKey: 'u' }), customer, 'both names where they agree')
  t.same(
    outcomeOf({ iss: 'wk', id: 'u', name: null, fields: null, sub: 'x', role: 'admin' }),
    customer,
    'null is absent, other claims are left alone'
  )
  t.same(outcomeOf({ iss: 'wk', id: 'u', name: '' }), { ...customer, name: '' })
})

t.test('accepted: an admin has isAdmin and no id', async (t) => {
  for (const isAdmin of [true, 1, 2, -1, 'true', '1', 'yes', 'off', {}, [], [false]])
    t.same(outcomeOf({ iss: 'wk', isAdmin }), { kind: 'admin', workspaceKey: 'wk' }, JSON.stringify(isAdmin))
  t.same(outcomeOf({ workspaceKey: 'wk', isAdmin: true }), { kind: 'admin', workspaceKey: 'wk' })
})

t.test('accepted: isAdmin that says no, in any case and with blanks, makes a customer', async (t) => {
  for (const isAdmin of [false, 0, '', null, 'false', 'FALSE', ' False\n', '0', ' 0 ', 'no', 'No', '   ']) {
    t.same(outcomeOf({ iss: 'wk', id: 'u', isAdmin }), customer, JSON.stringify(isAdmin))
    t.equal(outcomeOf({ iss: 'wk', isAdmin }), 'id_missing', JSON.stringify(isAdmin))
  }
})

t.test('refused: isAdmin that says yes beside an id', async (t) => {
  for (const isAdmin of [true, 1, 'true', '1', 'yes', {}, []]) {
    const ids: JsonObject[] = [{ id: 'u' }, { tenantKey: 'u', workspaceKey: 'wk' }]
    for (const id of ids)
      t.equal(outcomeOf({ iss: 'wk', isAdmin, ...id }), 'admin_with_id', JSON.stringify({ isAdmin, ...id }))
  }
})
