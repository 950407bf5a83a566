import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import type { SessionOwner } from '../accounts/end-sessions.ts'
import type { AccountRecord, MemberRole } from '../accounts/account-cache.ts'
import { type Admin, requireAdmin, requirePolicyAdmin } from '../accounts/admin.ts'
import type { AuthenticatorChain } from '../auth/authenticate.ts'
import { extractCredential } from '../auth/extract-credential.ts'
import { actorOf, type Credential, type Principal } from '../auth/principal.ts'
import type { Actor } from '../lib/actor.ts'
import { Fault } from '../lib/fault.ts'
import { Secret } from '../lib/secret.ts'
import { type ManagementBounds, boundsOf } from '../tokens/management-bounds.ts'
import type { Permission } from '../tokens/permissions.ts'
import { type Membership, requirePolicyOwner, requireReader, requireRole } from '../workspaces/access.ts'
import { basicPair, plainPair } from './basic.ts'
import type { SessionCookie } from './cookie.ts'
import { refuseBasicOfOtherSites, refuseCookieOfOtherSites } from './cross-site.ts'
import { queryOf } from './request.ts'

declare module 'fastify' {
  interface FastifyRequest {
    principal: Principal | null
  }
}

/**
 * A principal that may use the management API: a person, authenticated by session, cookie or password, or a management
 * token, which reaches only the routes of its permissions.
 */
export type Manager = Extract<Principal, { account: AccountRecord; kind: 'session' | 'basic' | 'management' }>

type Hook = (request: FastifyRequest, reply: FastifyReply) => Promise<void>

/** What is known about a request once its guard has run. */
export type GuardedRequest = Pick<FastifyRequest, 'principal' | 'routeOptions' | 'url'>
/** A guarded request of a route with these path parameters. */
export type ParamsRequest<Params> = GuardedRequest & { params: Params }

/**
 * Hooks that run before the body is read, so that a caller without access learns nothing about what the route accepts.
 */
export interface Guards {
  /**
   * Requires any authenticated principal; of a management token, the permission of the route.
   * @throws Fault `unauthenticated`, `invalid_token`, `account_suspended`, `insufficient_scope`
   */
  principal: Hook
  /**
   * Requires a person or a management token; API tokens cannot use the management API.
   * @throws Fault `insufficient_scope`, and those of `principal`
   */
  manager: Hook
  /** As `manager`; an OAuth client may form-encode its id and secret in Basic (RFC 6749, section 2.3.1). */
  oauthClient: Hook
  admin: Hook
  /** Like `admin`, but without the second factor that a policy may ask for: for calls that change the policy. */
  policyAdmin: Hook
  /** Authenticates a person with a valid credential, and lets everybody else pass as a visitor. */
  visitor: Hook
}

export interface GuardDeps {
  authenticators: AuthenticatorChain
  cookie: SessionCookie
  publicUrl: string
}

/** Creates the guards. A route names one in `onRequest`; its config says which permission a management token needs. */
export function createGuards(app: FastifyInstance, deps: GuardDeps): Guards {
  async function credentialOf(request: FastifyRequest, reply: FastifyReply): Promise<Credential> {
    const extraction = extractCredential(request.raw.rawHeaders, queryOf(request))
    if (extraction.found === 'several')
      throw new Fault('invalid_request', { why: extraction.why, detail: 'Send exactly one credential.' })
    if (extraction.found === 'unreadable') throw new Fault('invalid_token', { why: extraction.why })
    // Carriers that only listeners support do not authenticate here, but a credential in one of them still counts as a
    // second one.
    if (extraction.found === 'token' && extraction.carrier === 'bearer') return extraction
    if (extraction.found === 'basic') {
      refuseBasicOfOtherSites(request, deps.publicUrl)
      const pair = await basicPair(app, request, reply)
      if (!pair) throw new Fault('invalid_token', { why: 'malformed_basic' })
      return { carrier: 'basic', ...pair }
    }
    const session = deps.cookie.read(request)
    if (session === undefined) throw new Fault('unauthenticated')
    refuseCookieOfOtherSites(request, deps.publicUrl)
    return { carrier: 'cookie', token: new Secret(session) }
  }

  async function authenticate(request: FastifyRequest, credential: Credential): Promise<void> {
    request.principal = await deps.authenticators.authenticate(credential, { ip: request.ip, requestId: request.id })
    requirePermission(request.principal, request.routeOptions.config.permission)
  }

  const principal: Hook = async (request, reply) => authenticate(request, await credentialOf(request, reply))

  const manager: Hook = async (request, reply) => {
    await principal(request, reply)
    managerOf(request)
  }

  const oauthClient: Hook = async (request, reply) => {
    const credential = await credentialOf(request, reply)
    await authenticate(
      request,
      credential.carrier === 'basic' ? { ...credential, ...plainPair(credential) } : credential
    )
    managerOf(request)
  }

  const admin: Hook = async (request, reply) => {
    await manager(request, reply)
    adminOf(request)
  }

  const policyAdmin: Hook = async (request, reply) => {
    await manager(request, reply)
    policyAdminOf(request)
  }

  const visitor: Hook = async (request, reply) => {
    try {
      await principal(request, reply)
    } catch (error) {
      if (!(error instanceof Fault) || error.status !== 401) throw error
    }
  }

  return { principal, manager, oauthClient, admin, policyAdmin, visitor }
}

/** @throws Fault `insufficient_scope` for a management token without the permission of the route */
function requirePermission(principal: Principal, permission: Permission | 'none' | undefined): void {
  if (principal.kind !== 'management' || permission === 'none') return
  if (permission === undefined)
    throw new Fault('insufficient_scope', {
      why: 'no_permission_names_it',
      detail: 'No permission of management tokens includes this call.'
    })
  if (!principal.token.permissions?.has(permission))
    throw new Fault('insufficient_scope', {
      why: 'permission_missing',
      detail: `This call needs the permission "${permission}".`
    })
}

/** Returns the caller. @throws Error if the route has no guard, which is a bug */
export function principalOf(request: GuardedRequest): Principal {
  if (!request.principal) throw new Error(`${request.routeOptions.url ?? request.url} has no guard`)
  return request.principal
}

/** The account of the person that a `visitor` guard found; undefined if there is none. */
export function visitorOf({ principal }: GuardedRequest): AccountRecord | undefined {
  return principal?.kind === 'session' || principal?.kind === 'basic' ? principal.account : undefined
}

/** Returns the manager that calls. @throws Fault `insufficient_scope` for any other principal */
export function managerOf(request: GuardedRequest): Manager {
  const principal = principalOf(request)
  if (principal.kind !== 'session' && principal.kind !== 'basic' && principal.kind !== 'management')
    throw new Fault('insufficient_scope', { why: `a ${principal.kind} may not manage` })
  return principal
}

/** Returns the admin that calls. @throws Fault `insufficient_scope` */
export function adminOf(request: GuardedRequest): Admin {
  return requireAdmin(managerOf(request).account)
}

/** Like {@link adminOf}, for changes of the policy. @throws Fault `insufficient_scope` */
export function policyAdminOf(request: GuardedRequest): Admin {
  return requirePolicyAdmin(managerOf(request).account)
}

/**
 * The owner that changes the policy of a workspace.
 * @throws Fault `not_found`, `insufficient_scope`, `workspace_suspended`
 */
export function policyOwnerOf(request: ParamsRequest<{ workspaceId: string }>): Membership<'owner'> {
  return requirePolicyOwner(managerOf(request).account, request.params.workspaceId)
}

/**
 * Returns the manager's membership in the workspace that the path names.
 * @throws Fault `not_found`, `insufficient_scope`
 */
export function membershipOf<AtLeast extends MemberRole>(
  request: ParamsRequest<{ workspaceId: string }>,
  atLeast: AtLeast
): Membership<AtLeast> {
  return requireRole(managerOf(request).account, request.params.workspaceId, atLeast)
}

/** The bounds of the management token that acts in place of a person; undefined for a person. */
export function managementBoundsOf(request: GuardedRequest): ManagementBounds | undefined {
  const principal = managerOf(request)
  return principal.kind === 'management' ? boundsOf(principal.token) : undefined
}

/** The calling account, and its session if it called with one. */
export function sessionOwnerOf(request: GuardedRequest): SessionOwner {
  const principal = managerOf(request)
  return {
    accountId: principal.account.id,
    sessionId: principal.kind === 'session' ? principal.sessionId : undefined
  }
}

/**
 * Like {@link membershipOf}, for reading, which a suspended workspace allows too.
 * @throws Fault `not_found`, `insufficient_scope`
 */
export function readerOf<AtLeast extends MemberRole>(
  request: ParamsRequest<{ workspaceId: string }>,
  atLeast: AtLeast
): Membership<AtLeast> {
  return requireReader(managerOf(request).account, request.params.workspaceId, atLeast)
}

/** The actor that the audit log names for this request. */
export function requestActor(request: Pick<FastifyRequest, 'principal' | 'ip' | 'id'>): Actor {
  return actorOf(request.principal ?? { kind: 'anonymous' }, { ip: request.ip, requestId: request.id })
}
