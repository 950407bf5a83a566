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
   * The workspace with this key, or undefined where there is none. What it throws goes through: a database that is down
   * is not a refusal.
   */
  readonly findIssuer: (hint: SignerHint) => Issuer | undefined | Promise<Issuer | undefined>
  /** Milliseconds since 1970. */
  readonly now: number
  readonly leewaySeconds?: number | undefined
  /** Names of this service that a token's `aud` may say. Default: any. */
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
 * Every check of a customer's token, in order. The only such list: verification and inspection both run it, and differ
 * in who watches.
 * @throws JwsError
 */
export async function checkCustomerToken(
  token: unknown,
  rules: CustomerRules,
  check: RunCheck
): Promise<CustomerToken> {
  const gated = parseCompactJws(token, check)
  const claims = check('payload', () => readPayload(gated.payload))
  const workspaceKey = check('workspace_named', () => readWorkspaceKey(claims))
  const found = await rules.findIssuer({ workspaceKey, alg: gated.alg, kid: gated.kid })
  const issuer = check('workspace_known', () => requireIssuer(found))
  const key = await checkSignature(gated, issuer.keys, check)
  const times = checkTimes(
    claims,
    { now: rules.now, leewaySeconds: rules.leewaySeconds, maxTokenSeconds: issuer.maxTokenSeconds },
    check
  )
  check('audience', () => checkAudience(claims, rules.audiences))
  const customer = check('shape', () => customerClaims(claims))
  return { customer, key, header: gated.header, claims, ...times }
}

function requireIssuer(issuer: Issuer | undefined): Issuer {
  if (issuer === undefined)
    throw new JwsError('workspace_unknown', 'there is no workspace with the key that the token names')
  return issuer
}

/**
 * Verifies a token that a customer's back end signed: its form, its workspace, its signature, its times and its claims.
 * @throws JwsError
 */
export function verifyCustomerToken(compact: string, rules: CustomerRules): Promise<CustomerToken> {
  return checkCustomerToken(compact, rules, runCheck)
}
