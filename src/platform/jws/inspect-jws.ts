import { CHECKS, type CheckName, type Established, type RunCheck } from './checks.ts'
import { checkCustomerToken, type CustomerRules, type CustomerToken } from './verify-customer-token.ts'
import { JwsError, type JwsReason } from './errors.ts'
import type { JsonObject } from './strict-json.ts'

export type CheckReport =
  | { readonly check: CheckName; readonly status: 'pass' | 'not_reached' }
  | {
      readonly check: CheckName
      readonly status: 'fail'
      readonly reason: JwsReason
      readonly why: string
      readonly remedy: string
    }

export interface Inspection {
  /** One entry for each of `CHECKS`, in that order; those after a failed one are not reached. */
  readonly checks: readonly CheckReport[]
  /** The verified token; undefined if a check failed. */
  readonly token: CustomerToken | undefined
  /** The header and claims as far as they can be read. If `token` is undefined, they are unverified. */
  readonly header: JsonObject | undefined
  readonly claims: JsonObject | undefined
  /** The kid of the signing key once the signature is verified, even if a later check fails. */
  readonly matchedKid: string | undefined
}

/** Verifies a customer's token and reports the result of each check. A rejected token is a result, not an error. */
export async function inspectJws(compact: string, rules: CustomerRules): Promise<Inspection> {
  const reports = new Map<CheckName, CheckReport>()
  const seen: Partial<Established> = {}
  const watch: RunCheck = (name, check) => {
    try {
      const value = check()
      seen[name] = value
      reports.set(name, { check: name, status: 'pass' })
      return value
    } catch (error) {
      if (error instanceof JwsError) {
        reports.set(name, { check: name, status: 'fail', reason: error.reason, why: error.why, remedy: error.remedy })
      }
      throw error
    }
  }
  const token = await checkCustomerToken(compact, rules, watch).catch(ignoreJwsError)
  return {
    checks: CHECKS.map((check) => reports.get(check) ?? { check, status: 'not_reached' }),
    token,
    header: seen.header,
    claims: seen.payload,
    matchedKid: seen.signature?.record.kid
  }
}

function ignoreJwsError(error: unknown): undefined {
  if (!(error instanceof JwsError)) throw error
}
