import { checkTimes, type TimeRules, type Times } from './check-times.ts'
import { runCheck } from './checks.ts'
import { readPayload } from './read-token-json.ts'
import type { JsonObject } from './strict-json.ts'

export interface Claims extends Times {
  /** Every claim as it was signed. */
  readonly all: JsonObject
}

/**
 * Reads the payload of a verified token as claims, and judges its times.
 * @throws JwsRefused
 */
export function readClaims(payload: Uint8Array, rules: TimeRules): Claims {
  const all = readPayload(payload)
  return { all, ...checkTimes(all, rules, runCheck) }
}
