import { checkAudience, checkTimes, type Times } from './check-claims.ts'
import { checkSignature } from './check-signature.ts'
import { type Issuer, type RunCheck, runCheck, type SignerHint } from './checks.ts'
import { customerClaims, type CustomerClaims, readWorkspaceKey } from './customer-claims.ts'
import { JwsError } from './errors.ts'
import type { KeyRecord } from './key-record.ts'
import { parseCompactJws, readPayload } from './parse-compact.ts'
import type { JsonObject } from './strict-json.ts'

export interface CustomerRules {
  /**
   * Returns the workspace with this key; undefined if there is none. Its errors pass through: an unavailable database
   * does not make a token invalid.
   */
  readonly findIssuer: (hint: SignerHint) => Issuer | undefined | Promise<Issuer | undefined>
  /** Milliseconds since 1970. */
  readonly now: number
  readonly leewaySeconds?: number | undefined
  /** Accepted audiences of a token. Default: any. */
  readonly audiences?: readonly string[] | undefined
}

export interface CustomerToken extends Times {
  readonly customer: CustomerClaims
  /** The record whose key signed. */
  readonly key: KeyRecord
  readonly header: JsonObject
  readonly claims: JsonObject
}

/**
 * Runs every check of a customer's token, in order. This is the only such list: verification and inspection both run
 * it, with different observers.
 * @throws JwsError
 */
export async function checkCustomerToken(
  token: unknown,
  rules: CustomerRules,
  check: RunCheck
): Promise<CustomerToken> {
  const parsed = parseCompactJws(token, check)
  const claims = check('payload', () => readPayload(parsed.payload))
  const workspaceKey = check('workspace_named', () => readWorkspaceKey(claims))
  const found = await rules.findIssuer({ workspaceKey, alg: parsed.alg, kid: parsed.kid })
  const issuer = check('workspace_known', () => requireIssuer(found))
  const key = await checkSignature(parsed, issuer.keys, check)
  const times = checkTimes(
    claims,
    { now: rules.now, leewaySeconds: rules.leewaySeconds, maxTokenSeconds: issuer.maxTokenSeconds },
    check
  )
  check('audience', () => checkAudience(claims, rules.audiences))
  const customer = check('shape', () => customerClaims(claims))
  return { customer, key, header: parsed.header, claims, ...times }
}

function requireIssuer(issuer: Issuer | undefined): Issuer {
  if (issuer === undefined) throw new JwsError('workspace_unknown', 'no workspace has the key that the token names')
  return issuer
}

/**
 * Verifies a token that a customer's back end signed: its form, its workspace, its signature, its times and its claims.
 * @throws JwsError
 * @example
 * const rules = { findIssuer: ({ workspaceKey }) => readIssuer(workspaceKey), now: clock.now() }
 * const { customer } = await verifyCustomerToken(compact, rules)
 */
export function verifyCustomerToken(compact: string, rules: CustomerRules): Promise<CustomerToken> {
  return checkCustomerToken(compact, rules, runCheck)
}
