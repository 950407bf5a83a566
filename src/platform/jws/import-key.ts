import { createPublicKey, createSecretKey, type webcrypto } from 'node:crypto'
import { type Algorithm, kindOf } from './algorithms.ts'
import { JwsError } from './errors.ts'
import { type KeyRecord, InvalidKeyError, type PublicJwk } from './key-record.ts'
import { validatePublicKey } from './validate-public-key.ts'
import { isLongEnough, secretBytes, secretBytesFor } from './validate-secret.ts'

/** A record whose key is ready to verify one algorithm. */
export interface Candidate {
  readonly record: KeyRecord
  readonly key: webcrypto.CryptoKey
}

// Importing costs more than verifying. The cache entry lives as long as its record, which is an immutable value.
const remembered = new WeakMap<KeyRecord, Map<Algorithm, webcrypto.CryptoKey>>()

/**
 * Prepares a record for an algorithm. The key is validated again on its first use: a key that entered the database in
 * another way, or under older rules, must not verify anything.
 * @throws JwsError if the key is not valid, or does not fit the algorithm
 */
export function importKey(record: KeyRecord, algorithm: Algorithm): Candidate {
  let keys = remembered.get(record)
  if (keys === undefined) remembered.set(record, (keys = new Map()))
  let key = keys.get(algorithm)
  if (key === undefined)
    keys.set(
      algorithm,
      (key =
        record.key.type === 'secret' ? importSecret(record.key, algorithm) : importPublic(record.key.jwk, algorithm))
    )
  return { record, key }
}

function importSecret(
  { secret }: Extract<KeyRecord['key'], { type: 'secret' }>,
  algorithm: Algorithm
): webcrypto.CryptoKey {
  const kind = kindOf(algorithm)
  // The only place where key confusion could happen: a secret verifies only HMAC, and a public key everything but HMAC.
  if (kind.family !== 'hmac')
    throw new JwsError('alg_not_allowed', `${algorithm} needs a public key, and the key is a secret`)
  if (!isLongEnough(secret, algorithm))
    throw new JwsError('secret_too_short', `${algorithm} needs a secret of ${secretBytesFor(algorithm)} bytes`)
  return createSecretKey(secretBytes(secret)).toCryptoKey({ name: 'HMAC', hash: kind.hash }, false, ['verify'])
}

function importPublic(jwk: PublicJwk, algorithm: Algorithm): webcrypto.CryptoKey {
  const validated = validateAgain(jwk)
  if (!validated.algorithms.includes(algorithm))
    throw new JwsError('alg_not_allowed', `${algorithm} does not fit the key, which is ${validated.description}`)
  return createPublicKey({ key: { ...validated.key.jwk }, format: 'jwk' }).toCryptoKey(
    importParameters(algorithm),
    true,
    ['verify']
  )
}

function validateAgain(jwk: PublicJwk): ReturnType<typeof validatePublicKey> {
  try {
    return validatePublicKey({ ...jwk })
  } catch (error) {
    if (error instanceof InvalidKeyError)
      throw new JwsError('key_refused', `the registered key cannot be used: ${error.message}`)
    throw error
  }
}

type ImportParameters = webcrypto.RsaHashedImportParams | webcrypto.EcKeyImportParams | webcrypto.Algorithm

function importParameters(algorithm: Algorithm): ImportParameters {
  const kind = kindOf(algorithm)
  switch (kind.family) {
    case 'hmac':
      throw new JwsError('alg_not_allowed', `${algorithm} needs a secret, and the key is public`)
    case 'rsa':
      return { name: kind.padding === 'pss' ? 'RSA-PSS' : 'RSASSA-PKCS1-v1_5', hash: kind.hash }
    case 'ecdsa':
      return { name: 'ECDSA', namedCurve: kind.curve }
    case 'eddsa':
      return { name: 'Ed25519' }
  }
}
