import type { Algorithm } from './algorithms.ts'
import { importKey, type Candidate } from './import-key.ts'
import type { KeyRecord } from './key-record.ts'
import { MAX_CANDIDATE_KEYS } from './limits.ts'
import { JwsRefused } from './errors.ts'
import { quote } from './strict-json.ts'

/**
 * Which of a workspace's keys may have signed a token: the one its `kid` names, or without `kid` each that its algorithm fits.
 * A `kid` that names none is refused and never ignored, and a key is used with the algorithms it is registered for only
 * (RFC 8725, sections 3.1 and 3.10).
 *
 * @returns at least one candidate
 * @throws JwsRefused
 */
export function selectKeys(
  records: readonly KeyRecord[],
  alg: Algorithm,
  kid: string | undefined
): readonly Candidate[] {
  const named = kid === undefined ? records : records.filter((record) => record.kid === kid)
  if (named.length === 0) {
    throw new JwsRefused(
      'key_unknown',
      kid === undefined ? 'no key is registered' : `no key with the kid ${quote(kid)} is registered`
    )
  }
  if (kid !== undefined && named.length > 1)
    throw new JwsRefused('key_ambiguous', `${named.length} keys have the kid ${quote(kid)}`)
  const fitting = named.filter((record) => record.algorithms.includes(alg))
  if (fitting.length === 0) throw new JwsRefused('alg_not_allowed', `${alg} is not allowed with ${describe(named)}`)
  if (fitting.length > MAX_CANDIDATE_KEYS) {
    throw new JwsRefused(
      'kid_required',
      `the token has no kid, and ${fitting.length} keys fit it; at most ${MAX_CANDIDATE_KEYS} are tried`
    )
  }
  return importAll(fitting, alg)
}

/** One stored key that cannot be used does not stop the others; if none can be, the first one's reason is given. */
function importAll(records: readonly KeyRecord[], alg: Algorithm): readonly Candidate[] {
  const candidates: Candidate[] = []
  let refusal: JwsRefused | undefined
  for (const record of records) {
    try {
      candidates.push(importKey(record, alg))
    } catch (error) {
      if (!(error instanceof JwsRefused)) throw error
      refusal ??= error
    }
  }
  if (candidates.length === 0 && refusal !== undefined) throw refusal
  return candidates
}

function describe(records: readonly KeyRecord[]): string {
  const allowed = [...new Set(records.flatMap((record) => record.algorithms))]
  const key = records.length === 1 ? 'the key' : 'the keys'
  return allowed.length === 0 ? key : `${key}, which take ${allowed.join(', ')}`
}
