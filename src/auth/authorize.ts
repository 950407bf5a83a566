import { Fault } from '../lib/fault.ts'
import type { ListenerRecord } from '../listeners/listener-cache.ts'
import { workspaceSuspended } from '../workspaces/access.ts'
import type { Carrier, Principal } from './principal.ts'

/**
 * Returns the listener if this principal may call it. A listener outside the principal's scope is reported as absent,
 * and so is one of a suspended workspace to strangers. A listener for signed calls accepts no other calls.
 * @param isSigned whether the call has a signature. It is verified later, because that needs the body
 * @throws Fault `not_found`; `unauthenticated` for an anonymous caller, or without a signature; `workspace_suspended`;
 *   `invalid_token` if the listener does not accept this kind of credential
 */
export function authorize(
  principal: Principal,
  listener: ListenerRecord | undefined,
  carrier: Carrier | undefined,
  ip: string,
  isSigned = false
): ListenerRecord {
  if (principal.kind === 'anonymous') {
    // Anonymous callers must not learn that a listener exists: an absent and a protected one get the same answer.
    if (!listener || !(listener.signature ? isSigned : listener.auth.anonymous))
      throw new Fault('unauthenticated', { why: listener?.signature ? 'no_signature' : 'no_credential' })
    if (listener.allowsIp && !listener.allowsIp(ip)) throw new Fault('unauthenticated', { why: 'ip_not_allowed' })
    // The sender of a signed call is told of the suspension once the signature is verified.
    if (listener.suspended && !isSigned) throw new Fault('unauthenticated', { why: 'workspace_suspended' })
    return listener
  }
  if (!listener) throw new Fault('not_found', { why: 'no_such_listener' })
  if (!belongsTo(principal, listener.workspaceId))
    throw new Fault('not_found', { why: 'listener_of_another_workspace' })
  if (!reaches(principal, listener)) throw new Fault('not_found', { why: 'listener_not_in_scope' })
  if (!isGranted(principal, listener)) throw new Fault('not_found', { why: 'customer_not_granted' })
  if (listener.allowsIp && !listener.allowsIp(ip)) throw new Fault('not_found', { why: 'ip_not_allowed' })
  if (listener.suspended) throw workspaceSuspended()
  if (carrier && listener.auth.carriers && !listener.auth.carriers.has(carrier))
    throw new Fault('invalid_token', { why: 'carrier_not_accepted' })
  // Sessions, management tokens and admin tokens are for management only. A session can be stolen with a browser, and
  // an admin token acts for no customer.
  if (
    principal.kind === 'session' ||
    principal.kind === 'management' ||
    principal.kind === 'workspace' ||
    (listener.auth.principals && !listener.auth.principals.has(principal.kind))
  )
    throw new Fault('invalid_token', { why: 'principal_not_accepted' })
  if (listener.signature && !isSigned) throw new Fault('unauthenticated', { why: 'no_signature' })
  return listener
}

function belongsTo(principal: Exclude<Principal, { kind: 'anonymous' }>, workspaceId: string): boolean {
  if (principal.kind === 'action') return principal.action.workspaceId === workspaceId
  return 'account' in principal ? principal.account.memberships.has(workspaceId) : principal.workspaceId === workspaceId
}

/** Whether the credential's own scope includes the listener. */
function reaches(principal: Principal, listener: ListenerRecord): boolean {
  if (principal.kind === 'token')
    return [principal.token.scope, principal.access?.scope].every((scope) => !scope || inScope(scope, listener))
  return principal.kind !== 'action' || principal.action.listenerIds.has(listener.id)
}

/**
 * Whether a listener restricted to certain customers allows this one. An action gives its user no more access than the
 * user has.
 */
function isGranted(principal: Principal, { auth: { customers } }: ListenerRecord): boolean {
  if (!customers) return true
  if (principal.kind === 'customer') return customers.has(principal.customer.externalId)
  return (
    principal.kind !== 'action' ||
    principal.user.kind !== 'customer' ||
    customers.has(principal.user.customer.externalId)
  )
}

/** Whether a scope names the listener or its workspace. */
export function inScope(
  scope: { workspaces: ReadonlySet<string>; listeners: ReadonlySet<string> },
  listener: ListenerRecord
): boolean {
  return scope.listeners.has(listener.id) || scope.workspaces.has(listener.workspaceId)
}
