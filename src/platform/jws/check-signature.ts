import { compactVerify, errors } from 'jose'
import { type Algorithm, COORDINATE_BYTES, GROUP_ORDER, kindOf } from './algorithms.ts'
import { toInteger } from './base64url.ts'
import type { RunCheck } from './checks.ts'
import { ED25519_ORDER } from './ed25519-point.ts'
import { JwsError } from './errors.ts'
import { type Candidate, importKey } from './import-key.ts'
import type { KeyRecord } from './key-record.ts'
import { MAX_CANDIDATE_KEYS } from './limits.ts'
import type { ParsedJws } from './parse-compact.ts'
import { quote } from './strict-json.ts'

/**
 * Finds the key that signed a token: selects the candidates, checks the form of the signature, then lets `jose` verify
 * it. ECDSA allows two signatures for a message and nonce, and both are accepted, as is usual, so the bytes of a token
 * do not identify it.
 * @throws JwsError
 */
export async function checkSignature(
  token: ParsedJws,
  records: readonly KeyRecord[],
  check: RunCheck
): Promise<KeyRecord> {
  const candidates = check('key', () => selectKeys(records, token.alg, token.kid))
  const fitting = check('signature_form', () => judgeForm(token, candidates))
  const signer = await findSigner(token, fitting)
  return check('signature', () => {
    if (signer === undefined)
      throw new JwsError(
        'signature_mismatch',
        `the signature was not made with ${fitting.length === 1 ? 'the key' : 'any of the keys'}`
      )
    return signer
  }).record
}

async function findSigner(token: ParsedJws, candidates: readonly Candidate[]): Promise<Candidate | undefined> {
  for (const candidate of candidates) {
    if (await isSignedWith(token, candidate)) return candidate
  }
  return undefined
}

async function isSignedWith(token: ParsedJws, { key }: Candidate): Promise<boolean> {
  try {
    await compactVerify(token.compact, key, { algorithms: [token.alg] })
    return true
  } catch (error) {
    if (error instanceof errors.JOSEError) return false
    throw error
  }
}

/**
 * RFC 7518, sections 3.2 to 3.5, and RFC 8032, section 5.1.7: a signature has a fixed length, and its numbers a fixed
 * range.
 */
function judgeForm({ alg, signature }: ParsedJws, candidates: readonly Candidate[]): readonly Candidate[] {
  const fitting = candidates.filter((candidate) => signature.length === signatureBytes(alg, candidate))
  if (fitting.length === 0) throw new JwsError('signature_length', lengthFault(alg, signature, candidates))
  const kind = kindOf(alg)
  if (kind.family === 'ecdsa') judgeRange(signature, GROUP_ORDER[kind.curve])
  if (kind.family === 'eddsa' && toInteger(signature.subarray(32).toReversed()) >= ED25519_ORDER) {
    throw new JwsError(
      'signature_range',
      'the second half of the Ed25519 signature is not below the order of the group'
    )
  }
  return fitting
}

function signatureBytes(alg: Algorithm, { record }: Candidate): number {
  const kind = kindOf(alg)
  switch (kind.family) {
    case 'hmac':
      return kind.bytes
    case 'ecdsa':
      return 2 * COORDINATE_BYTES[kind.curve]
    case 'eddsa':
      return 64
    case 'rsa':
      return record.key.type === 'public' && record.key.jwk.kty === 'RSA'
        ? Buffer.from(record.key.jwk.n, 'base64url').length
        : 0
  }
}

function lengthFault(alg: Algorithm, signature: Uint8Array, candidates: readonly Candidate[]): string {
  if (signature.length === 0) return 'the signature is empty'
  const wanted = [...new Set(candidates.map((candidate) => signatureBytes(alg, candidate)))]
  return `the signature has ${signature.length} bytes; with ${alg} and this key it has ${wanted.join(' or ')}`
}

/** Without this check (CVE-2022-21449), r = s = 0 is a valid signature of every message. */
function judgeRange(signature: Uint8Array, order: bigint): void {
  const half = signature.length / 2
  const numbers = [toInteger(signature.subarray(0, half)), toInteger(signature.subarray(half))]
  if (numbers.some((number) => number === 0n || number >= order)) {
    throw new JwsError('signature_range', 'a number of the ECDSA signature is zero or not below the order of the curve')
  }
}

/**
 * Selects the keys of a workspace that can have signed a token: the one that its `kid` names, or without `kid` every
 * one that supports its algorithm. An unknown `kid` is an error and is never ignored, and a key is used only with its
 * registered algorithms (RFC 8725, sections 3.1 and 3.10).
 * @returns at least one candidate
 * @throws JwsError
 */
function selectKeys(records: readonly KeyRecord[], alg: Algorithm, kid: string | undefined): readonly Candidate[] {
  const named = kid === undefined ? records : records.filter((record) => record.kid === kid)
  if (named.length === 0) {
    throw new JwsError(
      'key_unknown',
      kid === undefined ? 'no key is registered' : `no key with the kid ${quote(kid)} is registered`
    )
  }
  if (kid !== undefined && named.length > 1)
    throw new JwsError('key_ambiguous', `${named.length} keys have the kid ${quote(kid)}`)
  const fitting = named.filter((record) => record.algorithms.includes(alg))
  if (fitting.length === 0) throw new JwsError('alg_not_allowed', `${alg} is not allowed with ${describe(named)}`)
  if (fitting.length > MAX_CANDIDATE_KEYS) {
    throw new JwsError(
      'kid_required',
      `the token has no kid, and ${fitting.length} keys fit it; at most ${MAX_CANDIDATE_KEYS} are tried`
    )
  }
  return importAll(fitting, alg)
}

/** An unusable stored key does not stop the others; if none is usable, the error has the first one's reason. */
function importAll(records: readonly KeyRecord[], alg: Algorithm): readonly Candidate[] {
  const candidates: Candidate[] = []
  let firstError: JwsError | undefined
  for (const record of records) {
    try {
      candidates.push(importKey(record, alg))
    } catch (error) {
      if (!(error instanceof JwsError)) throw error
      firstError ??= error
    }
  }
  if (candidates.length === 0 && firstError !== undefined) throw firstError
  return candidates
}

function describe(records: readonly KeyRecord[]): string {
  const allowed = [...new Set(records.flatMap((record) => record.algorithms))]
  const key = records.length === 1 ? 'the key' : 'the keys'
  return allowed.length === 0 ? key : `${key}, which take ${allowed.join(', ')}`
}
