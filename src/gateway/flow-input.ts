import { HOP_BY_HOP_FIELDS } from '../lib/http-fields.ts'
import { CREDENTIAL_HEADERS, withoutCredentials } from '../auth/extract-credential.ts'
import type { Principal } from '../auth/principal.ts'
import type { CustomerRecord } from '../customers/customer-cache.ts'
import type { ListenerRecord } from '../listeners/listener-cache.ts'
import type { Caller } from '../runs/run.ts'
import { maskUrl, URL_HEADERS } from './mask-url.ts'
import { fieldsOf } from './parse-body.ts'

/** The input of a listener's flow. */
export interface ListenerInput {
  method: string
  path: string
  /** The values in the path, decoded, by the names in the listener's `path`; absent for the URL with its id. */
  pathParams?: Readonly<Record<string, string>>
  query: Record<string, string | string[]>
  headers: Record<string, string>
  body: unknown
  /** The bytes of the body in base64, if the listener has `rawBody`. */
  rawBody?: string
  caller: Caller
}

/** The caller as flows and records of runs see it: never a credential. */
export function callerOf(principal: Principal, listener: ListenerRecord): Caller {
  const { workspaceId } = listener
  if (principal.kind === 'token')
    return {
      kind: 'token',
      id: principal.account.id,
      name: principal.account.name,
      tokenId: principal.token.id,
      workspaceId
    }
  if (principal.kind === 'basic' || principal.kind === 'session')
    return { kind: principal.kind, id: principal.account.id, name: principal.account.name, workspaceId }
  if (principal.kind === 'customer') return { kind: 'customer', ...customerCaller(principal.customer), workspaceId }
  if (principal.kind === 'action') {
    const { action, user } = principal
    const who =
      user.kind === 'customer' ? customerCaller(user.customer) : { id: user.account.id, name: user.account.name }
    return { kind: 'action', ...who, actionPackageId: action.id, workspaceId }
  }
  if (principal.kind === 'signed') return { kind: 'signed', id: principal.preset, name: null, workspaceId }
  return { kind: 'anonymous', id: null, name: null, workspaceId }
}

/**
 * The caller as the record of a run keeps it: with its address, with the account that tries the listener if this is a
 * try, and with the customer's id in Sluice, by which the customer's runs and secrets are found.
 */
export function recordedCaller(
  caller: Caller,
  principal: Principal,
  { ip, triedBy }: Pick<Caller, 'ip' | 'triedBy'>
): Caller {
  const customer =
    principal.kind === 'customer'
      ? principal.customer
      : principal.kind === 'action' && principal.user.kind === 'customer'
        ? principal.user.customer
        : undefined
  return {
    ...caller,
    ip,
    ...(triedBy === undefined ? {} : { triedBy }),
    ...(customer ? { internalId: customer.id } : {})
  }
}

function customerCaller({ externalId, name, fields }: CustomerRecord): Pick<Caller, 'id' | 'name' | 'fields'> {
  return { id: externalId, name, fields }
}

/**
 * The request's headers that a flow may read: without hop-by-hop headers and without credentials. Credentials are also
 * masked in the URLs of headers such as `Referer`.
 * @param signature the names of headers that hold a signature
 */
export function flowHeaders(
  headers: Readonly<Record<string, string | string[] | undefined>>,
  signature?: readonly string[]
): Record<string, string> {
  const named =
    typeof headers.connection === 'string'
      ? headers.connection
          .toLowerCase()
          .split(',')
          .map((name) => name.trim())
      : []
  const seen: Record<string, string> = {}
  for (const name in headers) {
    const value = headers[name]
    // An ordinary object is faster than one without a prototype. `__proto__`, its only special name, is skipped.
    if (
      value === undefined ||
      HOP_BY_HOP_FIELDS.has(name) ||
      CREDENTIAL_HEADERS.has(name) ||
      signature?.includes(name) ||
      named.includes(name) ||
      name === '__proto__'
    )
      continue
    const text = typeof value === 'string' ? value : value.join(', ')
    seen[name] = URL_HEADERS.has(name) ? maskUrl(text) : text
  }
  return seen
}

/** The query as flows see it: without credentials. A name that comes twice has an array. */
export function flowQuery(query: URLSearchParams | undefined): Record<string, string | string[]> {
  return fieldsOf(query ? withoutCredentials(query) : [])
}
