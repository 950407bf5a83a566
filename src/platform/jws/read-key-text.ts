import { createPublicKey, type JsonWebKey, type KeyObject } from 'node:crypto'
import { InvalidKeyError } from './key-record.ts'
import { MAX_KEY_TEXT_CHARS } from './limits.ts'
import { StrictJsonError, parseStrictObject } from './strict-json.ts'

const MAX_JWK_DEPTH = 4

const PEM = /^-----BEGIN ([A-Z0-9 ]+)-----\r?\n(?:[A-Za-z0-9+/=]+[ \t]*\r?\n)+-----END \1-----$/

/**
 * Reads a public key from text: one PEM block (SPKI), or a JWK.
 * @returns the key as a JWK, not validated yet
 * @throws InvalidKeyError
 */
export function readKeyText(text: string): JsonWebKey {
  if (text.length > MAX_KEY_TEXT_CHARS)
    throw new InvalidKeyError(
      'malformed',
      `the key has ${text.length} characters; at most ${MAX_KEY_TEXT_CHARS} are allowed`
    )
  const trimmed = text.trim()
  if (trimmed.startsWith('{')) return readJwk(trimmed)
  // Comes before all other checks: the person who pastes a private key must learn that, however the text is wrapped.
  if (/-----BEGIN [A-Z0-9 ]*PRIVATE KEY/.test(trimmed)) {
    throw new InvalidKeyError(
      'private_key',
      'this is a private key: register its public half, and replace the key, because it is now exposed'
    )
  }
  const label = PEM.exec(trimmed)?.[1]
  if (label === undefined)
    throw new InvalidKeyError('malformed', 'this is neither one PEM block (-----BEGIN PUBLIC KEY-----) nor a JWK')
  if (label !== 'PUBLIC KEY') throw refuseLabel(label)
  return readSpki(trimmed)
}

function readJwk(text: string): JsonWebKey {
  try {
    return parseStrictObject(Buffer.from(text), MAX_JWK_DEPTH)
  } catch (error) {
    if (error instanceof StrictJsonError)
      throw new InvalidKeyError('malformed', `the JWK cannot be read: ${error.message}`)
    throw error
  }
}

function refuseLabel(label: string): InvalidKeyError {
  switch (label) {
    case 'CERTIFICATE':
    case 'X509 CERTIFICATE':
    case 'TRUSTED CERTIFICATE':
      return new InvalidKeyError(
        'certificate',
        'this is a certificate, whose dates and issuer would not be checked here: ' +
          'register the key in it (openssl x509 -in cert.pem -pubkey -noout)'
      )
    case 'RSA PUBLIC KEY':
      return new InvalidKeyError(
        'unsupported',
        'this is a PKCS #1 key: give it as SPKI (openssl rsa -RSAPublicKey_in -in key.pem -pubout)'
      )
    default:
      return new InvalidKeyError(
        'unsupported',
        `a PEM block ${label} is not a public key: "PUBLIC KEY" (SPKI) is needed`
      )
  }
}

const JWK_TYPES: readonly (string | undefined)[] = ['rsa', 'ec', 'ed25519']

function readSpki(pem: string): JsonWebKey {
  let key: KeyObject
  try {
    key = createPublicKey({ key: pem, format: 'pem' })
  } catch {
    throw new InvalidKeyError('malformed', 'the PEM block does not hold a public key that can be read')
  }
  if (!JWK_TYPES.includes(key.asymmetricKeyType)) {
    throw new InvalidKeyError(
      'unsupported',
      `keys of type ${key.asymmetricKeyType} are not supported: use RSA, EC (P-256, P-384, P-521) or Ed25519`
    )
  }
  try {
    return key.export({ format: 'jwk' })
  } catch {
    throw new InvalidKeyError('unsupported', 'the curve of this key is not one of P-256, P-384 and P-521')
  }
}
