import { createHash } from 'node:crypto'
import { idOf, type Principal } from '../auth/principal.ts'
import { Fault } from '../lib/fault.ts'

export const IDEMPOTENCY_KEY_MAX = 255

/**
 * The header's value; undefined if absent.
 * @throws Fault `invalid_request` for a value that is empty, too long or repeated
 */
export function idempotencyKeyOf(header: string | string[] | undefined): string | undefined {
  if (header === undefined) return undefined
  if (typeof header !== 'string' || header === '' || header.length > IDEMPOTENCY_KEY_MAX) {
    throw new Fault('invalid_request', {
      why: 'idempotency_key',
      detail: `An Idempotency-Key must have 1 to ${IDEMPOTENCY_KEY_MAX} characters.`
    })
  }
  return header
}

/** The digest that two calls must share to count as the same call. */
export function requestDigest(
  method: string,
  query: readonly (readonly [string, string])[],
  contentType: string | undefined,
  body: Buffer | undefined,
  pathParams?: Readonly<Record<string, string>>
): Buffer {
  const head = JSON.stringify([method, query, contentType ?? '', ...(pathParams ? [pathParams] : [])])
  return createHash('sha256')
    .update(head)
    .update('\n')
    .update(body ?? '')
    .digest()
}

/**
 * The owner of a key: the caller, who stays the same when a token is rotated. Anonymous callers are told apart by their
 * address, so that a guessed key does not return another caller's answer.
 */
export function keyOwner(principal: Principal, ip: string): string {
  if (principal.kind === 'token') return principal.token.firstId
  return principal.kind === 'anonymous' ? ANONYMOUS + ip : idOf(principal)
}

const ANONYMOUS = 'ip '

/** Whether the owner of a key is an anonymous caller. */
export function isAnonymous(owner: string): boolean {
  return owner.startsWith(ANONYMOUS)
}
