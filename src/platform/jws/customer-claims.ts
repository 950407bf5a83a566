import { MAX_FIELDS_CHARS, MAX_ID_CHARS } from './limits.ts'
import { isObject } from '../../lib/json.ts'
import { JwsError } from './errors.ts'
import { quote, type JsonObject, type JsonValue } from './strict-json.ts'

/** The subject of a customer's token. */
export type CustomerClaims =
  | {
      readonly kind: 'customer'
      readonly workspaceKey: string
      readonly id: string
      readonly name: string | undefined
      readonly fields: JsonObject | undefined
    }
  | { readonly kind: 'admin'; readonly workspaceKey: string }

/**
 * Reads the accepted shapes: `iss` (the workspace key) with `id`, or `workspaceKey` with `id` or `tenantKey`, each with
 * `name` and `fields`; or an admin token, which has `isAdmin` and no id. Other claims are ignored. For `name` and
 * `fields`, `null` counts as absent.
 * @throws JwsError
 */
export function customerClaims(claims: JsonObject): CustomerClaims {
  const workspaceKey = readWorkspaceKey(claims)
  const id = readId(claims)
  if (isAdmin(claims)) {
    if (id !== undefined)
      throw new JwsError('admin_with_id', "the token has isAdmin and an id: it is either an admin's or a customer's")
    return { kind: 'admin', workspaceKey }
  }
  if (id === undefined) throw new JwsError('id_missing', 'the payload has no id')
  return { kind: 'customer', workspaceKey, id, name: readName(claims), fields: readFields(claims) }
}

/**
 * The workspace that a token names, before anything about it is verified.
 * @throws JwsError
 */
export function readWorkspaceKey(claims: JsonObject): string {
  const named = (['iss', 'workspaceKey'] as const).filter((name) => Object.hasOwn(claims, name))
  const keys = named.map((name) =>
    readText(
      claims[name],
      () => new JwsError('workspace_invalid', `${name} is ${quote(claims[name])}, not a workspace key`)
    )
  )
  const [key, other] = keys
  if (key === undefined) throw new JwsError('workspace_missing', 'the payload has neither iss nor workspaceKey')
  if (other !== undefined && other !== key)
    throw new JwsError('workspace_ambiguous', 'iss and workspaceKey differ, so it is unclear who issued the token')
  return key
}

function readId(claims: JsonObject): string | undefined {
  const present = (['id', 'tenantKey'] as const).filter((name) => Object.hasOwn(claims, name))
  const [id, other] = present.map((name) =>
    readText(claims[name], () => new JwsError('id_invalid', `${name} is ${quote(claims[name])}`))
  )
  if (other !== undefined && other !== id)
    throw new JwsError('id_ambiguous', 'id and tenantKey differ, so it is unclear whose token this is')
  // tenantKey is an older name of id, and belongs to workspaceKey, the older name of iss.
  if (present[0] === 'tenantKey' && !Object.hasOwn(claims, 'workspaceKey'))
    throw new JwsError('id_missing', 'tenantKey requires workspaceKey; with iss, id is required')
  return id
}

/** Texts that say no: back ends write `String(user.isAdmin)`, and such a token must not become an admin's. */
const NO: ReadonlySet<string> = new Set(['', 'false', '0', 'no'])

/** Any value means an admin, except `false`, `0`, `null` and the texts that say no. */
function isAdmin(claims: JsonObject): boolean {
  const value = Object.hasOwn(claims, 'isAdmin') ? claims.isAdmin : false
  return typeof value === 'string'
    ? !NO.has(value.trim().toLowerCase())
    : value !== false && value !== null && value !== 0
}

function readName({ name }: JsonObject): string | undefined {
  if (name === undefined || name === null) return undefined
  if (typeof name === 'string' && name.length <= MAX_ID_CHARS) return name
  throw new JwsError('name_invalid', `name is ${quote(name)}; it must be text of at most ${MAX_ID_CHARS} characters`)
}

function readFields({ fields }: JsonObject): JsonObject | undefined {
  if (fields === undefined || fields === null) return undefined
  if (!isObject(fields)) throw new JwsError('fields_invalid', `fields is ${quote(fields)}, not a JSON object`)
  const chars = JSON.stringify(fields).length
  if (chars > MAX_FIELDS_CHARS)
    throw new JwsError(
      'fields_too_large',
      `fields has ${chars} characters as JSON; at most ${MAX_FIELDS_CHARS} are allowed`
    )
  return fields as JsonObject
}

function readText(value: JsonValue | undefined, createError: () => JwsError): string {
  if (typeof value === 'string' && value !== '' && value.length <= MAX_ID_CHARS) return value
  throw createError()
}
