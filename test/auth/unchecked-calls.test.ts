import t from 'tap'
import type { AccountRecord } from '../../src/accounts/account-cache.ts'
import { requireAdmin } from '../../src/accounts/admin.ts'
import { setRoleAndSuspension } from '../../src/accounts/administer.ts'
import type { PasswordCheckDeps } from '../../src/accounts/check-password.ts'
import { confirmedBy, type ConfirmedOwner, confirmPassword } from '../../src/accounts/confirmation.ts'
import { listAccounts } from '../../src/accounts/read.ts'
import type { Audit } from '../../src/audit.ts'
import { readCustomer, type ReadCustomerDeps } from '../../src/customers/read.ts'
import { createFlow, type FlowDeps } from '../../src/flows/create.ts'
import { SYSTEM } from '../../src/lib/actor.ts'
import { Secret } from '../../src/lib/secret.ts'
import { listAudit } from '../../src/read-audit.ts'
import { createListener, type ListenerDeps } from '../../src/listeners/create.ts'
import { reencrypt, type ReencryptDeps } from '../../src/secrets/reencrypt.ts'
import { listAllTokens } from '../../src/tokens/admin-list.ts'
import { revokeAnyToken, revokeTokens } from '../../src/tokens/admin-revoke.ts'
import { issueToken, type IssueDeps } from '../../src/tokens/issue.ts'
import type { RevokeDeps } from '../../src/tokens/revoke.ts'
import { rotateToken } from '../../src/tokens/rotate.ts'
import { rotateSigningKey, type SigningKeyJobDeps } from '../../src/tokens/signing-key-rotation.ts'
import { requireRole } from '../../src/workspaces/access.ts'
import { deleteWorkspace } from '../../src/workspaces/delete.ts'
import { removeMember, type MemberDeps } from '../../src/workspaces/members.ts'

const accountWith = (memberships: AccountRecord['memberships']) =>
  ({
    id: 'acc_1',
    memberships,
    suspendedWorkspaces: new Set(),
    secondFactorOwed: new Set()
  }) as unknown as AccountRecord

t.test('404 and 403: a membership is only made for a role that the account has', async (t) => {
  const account = accountWith(new Map([['wsp_1', 'editor']]))
  t.match(requireRole(account, 'wsp_1', 'viewer'), { workspaceId: 'wsp_1', accountId: 'acc_1', role: 'editor' })
  t.throws(() => requireRole(account, 'wsp_1', 'owner'), { code: 'insufficient_scope', why: 'role_too_low' })
  t.throws(() => requireRole(account, 'wsp_2', 'viewer'), { code: 'not_found', why: 'not_a_member' })
})

t.test('403: only an account with the role admin counts as an admin', async (t) => {
  t.match(requireAdmin({ id: 'acc_1', role: 'admin', secondFactorOwed: new Set() }), { accountId: 'acc_1' })
  t.throws(() => requireAdmin({ id: 'acc_1', role: 'user', secondFactorOwed: new Set() }), {
    code: 'insufficient_scope',
    why: 'not_an_admin'
  })
  t.throws(() => requireAdmin({ id: 'acc_1', role: 'admin', secondFactorOwed: 'everywhere' }), {
    code: 'insufficient_scope',
    why: 'second_factor_owed'
  })
})

t.test('a confirmation of one account is not joined with what another may do', async (t) => {
  const owner = { accountId: 'acc_2', email: 'b@example.com' } as unknown as ConfirmedOwner
  const admin = requireAdmin({ id: 'acc_1', role: 'admin', secondFactorOwed: new Set() })
  t.throws(() => confirmedBy(admin, owner), /another account/)
  t.equal(confirmedBy(admin, { ...owner, accountId: 'acc_1' }), admin)
})

t.test('a call without its check does not compile', async (t) => {
  // Never called: `npm run check:types` fails where a line below would compile without its comment.
  t.type(uncheckedCalls, 'function')
})

type Deps = FlowDeps &
  ListenerDeps &
  IssueDeps &
  MemberDeps &
  ReadCustomerDeps &
  PasswordCheckDeps &
  RevokeDeps &
  SigningKeyJobDeps &
  ReencryptDeps & { audit: Audit }

const TOKEN = { name: 'x', days: 1, format: 'opaque' as const }
const LISTENER = { name: 'x', flowId: 'flw_1' }

async function uncheckedCalls(deps: Deps, account: AccountRecord): Promise<void> {
  const viewer = requireRole(account, 'wsp_1', 'viewer')
  const editor = requireRole(account, 'wsp_1', 'editor')
  const owner = requireRole(account, 'wsp_1', 'owner')

  // @ts-expect-error the id of a workspace is no membership
  await createFlow(deps, 'wsp_1', { document: {} }, SYSTEM)
  // @ts-expect-error a membership is made by requireRole alone
  await createFlow(deps, { workspaceId: 'wsp_1', accountId: 'acc_1', role: 'owner' }, { document: {} }, SYSTEM)
  // @ts-expect-error a viewer creates nothing
  await createFlow(deps, viewer, { document: {} }, SYSTEM)
  await createFlow(deps, editor, { document: {} }, SYSTEM)
  await createFlow(deps, owner, { document: {} }, SYSTEM)

  // @ts-expect-error the id of a workspace is no membership
  await createListener(deps, 'wsp_1', LISTENER, SYSTEM)
  // @ts-expect-error a viewer creates nothing
  await createListener(deps, viewer, LISTENER, SYSTEM)
  // @ts-expect-error an editor removes no member
  await removeMember(deps, editor, 'acc_2', undefined, SYSTEM)
  // @ts-expect-error a workspace is no access to its customers
  await readCustomer(deps, { workspaceId: 'wsp_1' }, 'cus_1')

  // @ts-expect-error the id of an account is no confirmed password
  await issueToken(deps, account.id, TOKEN, SYSTEM)
  // @ts-expect-error a confirmation is made by confirmPassword alone
  await issueToken(deps, { accountId: 'acc_1', email: 'a@example.com' }, TOKEN, SYSTEM)
  // @ts-expect-error the id of an account is no confirmed password
  await rotateToken(deps, account.id, 'tok_1', 0, SYSTEM)
  const asked = { accountId: account.id, email: 'a@example.com' }
  const confirmed = await confirmPassword(deps, asked, new Secret('a pass phrase'), SYSTEM, 'a test')
  await issueToken(deps, confirmed, TOKEN, SYSTEM)

  // @ts-expect-error an owner without its confirmation deletes no workspace
  await deleteWorkspace(deps, owner, SYSTEM)
  // @ts-expect-error a confirmation is no membership
  await deleteWorkspace(deps, confirmed, SYSTEM)
  // @ts-expect-error a confirmed editor is no owner
  await deleteWorkspace(deps, confirmedBy(editor, confirmed), SYSTEM)
  await deleteWorkspace(deps, confirmedBy(owner, confirmed), SYSTEM)

  const admin = requireAdmin(account)
  const page = { limit: 1 }
  // @ts-expect-error an account is no admin until requireAdmin has checked it
  await listAccounts(deps, account, page)
  // @ts-expect-error an admin is made by requireAdmin alone
  await listAccounts(deps, { accountId: 'acc_1' }, page)
  // @ts-expect-error a membership is no admin
  await listAccounts(deps, owner, page)
  await listAccounts(deps, admin, page)
  // @ts-expect-error an account is no admin
  await setRoleAndSuspension(deps, account, 'acc_2', { suspended: true }, undefined, SYSTEM)
  // @ts-expect-error an account is no admin
  await listAllTokens(deps, account, page)
  // @ts-expect-error an account is no admin
  await revokeAnyToken(deps, account, 'tok_1', undefined, SYSTEM)
  // @ts-expect-error an account is no admin
  await revokeTokens(deps, account, { ids: ['tok_1'] }, 'leaked', SYSTEM)
  // @ts-expect-error an account is no admin
  await listAudit(deps.database.pool, { admin: account }, page)
  // @ts-expect-error an admin without its confirmation rotates no key
  await rotateSigningKey(deps, admin, SYSTEM)
  await rotateSigningKey(deps, confirmedBy(admin, confirmed), SYSTEM)
  // @ts-expect-error an admin without its confirmation re-encrypts nothing
  await reencrypt(deps, admin)
}
