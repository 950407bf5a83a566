import { compactVerify, errors } from 'jose'
import { kindOf, type Algorithm } from './algorithms.ts'
import { toInteger } from './base64url.ts'
import type { RunCheck } from './checks.ts'
import { COORDINATE_BYTES, GROUP_ORDER } from './curves.ts'
import { ED25519_ORDER } from './ed25519-point.ts'
import type { Candidate } from './import-key.ts'
import type { KeyRecord } from './key-record.ts'
import type { Gated } from './parse-compact.ts'
import { JwsRefused } from './errors.ts'
import { selectKeys } from './select-keys.ts'

/**
 * Finds the key that signed a token: chooses the candidates, judges the signature's form, then lets `jose` verify.
 * Either of the two signatures that ECDSA allows for a message and nonce is taken, as everywhere: never identify a token by its bytes.
 *
 * @throws JwsRefused
 */
export async function checkSignature(token: Gated, records: readonly KeyRecord[], check: RunCheck): Promise<KeyRecord> {
  const candidates = check('key', () => selectKeys(records, token.alg, token.kid))
  const fitting = check('signature_form', () => judgeForm(token, candidates))
  const signer = await findSigner(token, fitting)
  return check('signature', () => {
    if (signer === undefined)
      throw new JwsRefused(
        'signature_mismatch',
        `the signature was not made with ${fitting.length === 1 ? 'the key' : 'any of the keys'}`
      )
    return signer
  }).record
}

async function findSigner(token: Gated, candidates: readonly Candidate[]): Promise<Candidate | undefined> {
  for (const candidate of candidates) {
    if (await isSignedWith(token, candidate)) return candidate
  }
  return undefined
}

async function isSignedWith(token: Gated, { key }: Candidate): Promise<boolean> {
  try {
    await compactVerify(token.compact, key, { algorithms: [token.alg] })
    return true
  } catch (error) {
    if (error instanceof errors.JOSEError) return false
    throw error
  }
}

/** RFC 7518, sections 3.2 to 3.5, and RFC 8032, section 5.1.7: a signature has one length, and its numbers a range. */
function judgeForm({ alg, signature }: Gated, candidates: readonly Candidate[]): readonly Candidate[] {
  const fitting = candidates.filter((candidate) => signature.length === signatureBytes(alg, candidate))
  if (fitting.length === 0) throw new JwsRefused('signature_length', lengthFault(alg, signature, candidates))
  const kind = kindOf(alg)
  if (kind.family === 'ecdsa') judgeRange(signature, GROUP_ORDER[kind.curve])
  if (kind.family === 'eddsa' && toInteger(signature.subarray(32).toReversed()) >= ED25519_ORDER) {
    throw new JwsRefused(
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

/** CVE-2022-21449 is what becomes of taking this check for granted: r = s = 0 was a signature of everything. */
function judgeRange(signature: Uint8Array, order: bigint): void {
  const half = signature.length / 2
  const numbers = [toInteger(signature.subarray(0, half)), toInteger(signature.subarray(half))]
  if (numbers.some((number) => number === 0n || number >= order)) {
    throw new JwsRefused(
      'signature_range',
      'a number of the ECDSA signature is zero or not below the order of the curve'
    )
  }
}
