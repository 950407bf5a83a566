import { constants, createHmac, generateKeyPairSync, randomBytes, sign, type KeyObject } from 'node:crypto'
import { kindOf, type Algorithm } from '../../../src/platform/jws/algorithms.ts'
import type { CustomerRules } from '../../../src/platform/jws/verify-customer-token.ts'
import type { KeyRecord } from '../../../src/platform/jws/key-record.ts'
import { validatePublicKey } from '../../../src/platform/jws/validate-public-key.ts'
import { validateSecret } from '../../../src/platform/jws/validate-secret.ts'
import { Secret } from '../../../src/lib/secret.ts'

export const NOW = Date.UTC(2026, 10, 21, 12)
export const NOW_SECONDS = NOW / 1000

export const WORKSPACE_KEY = 'wk_acme'
export const OTHER_WORKSPACE_KEY = 'wk_other'
export const AUDIENCE = 'https://sluice.test'

/** As a workspace's secret is made: 64 random bytes in hex. */
export const SECRET = randomBytes(64).toString('hex')
export const OTHER_SECRET = randomBytes(64).toString('hex')

export const PAIRS = {
  rsa: generateKeyPairSync('rsa', { modulusLength: 2048 }),
  p256: generateKeyPairSync('ec', { namedCurve: 'P-256' }),
  p384: generateKeyPairSync('ec', { namedCurve: 'P-384' }),
  p521: generateKeyPairSync('ec', { namedCurve: 'P-521' }),
  ed25519: generateKeyPairSync('ed25519')
}

export type PairName = keyof typeof PAIRS

export function pem(name: PairName): string {
  return PAIRS[name].publicKey.export({ type: 'spki', format: 'pem' }).toString()
}

export const SECRET_RECORD = validateSecret(new Secret(SECRET), { kid: 'secret' })
export const OTHER_SECRET_RECORD = validateSecret(new Secret(OTHER_SECRET), { kid: 'secret' })

const publicRecord = (name: PairName): KeyRecord => ({ ...validatePublicKey(pem(name)), kid: name })

export const PUBLIC_RECORDS: Readonly<Record<PairName, KeyRecord>> = {
  rsa: publicRecord('rsa'),
  p256: publicRecord('p256'),
  p384: publicRecord('p384'),
  p521: publicRecord('p521'),
  ed25519: publicRecord('ed25519')
}

/** One workspace with a secret and a key of each type, and another one with a secret of its own. */
export const RULES: CustomerRules = {
  findIssuer: ({ workspaceKey }) => {
    if (workspaceKey === WORKSPACE_KEY)
      return { keys: [SECRET_RECORD, ...Object.values(PUBLIC_RECORDS)], maxTokenSeconds: 7200 }
    if (workspaceKey === OTHER_WORKSPACE_KEY) return { keys: [OTHER_SECRET_RECORD] }
    return undefined
  },
  now: NOW,
  audiences: [AUDIENCE]
}

export const CLAIMS = { iss: WORKSPACE_KEY, id: 'user-1', name: 'Ada', fields: { plan: 'pro' }, exp: NOW_SECONDS + 600 }

/** Which key of the workspace signs with an algorithm. */
export function signerOf(alg: Algorithm): { kid: string; key: string | KeyObject } {
  const kind = kindOf(alg)
  switch (kind.family) {
    case 'hmac':
      return { kid: 'secret', key: SECRET }
    case 'rsa':
      return { kid: 'rsa', key: PAIRS.rsa.privateKey }
    case 'eddsa':
      return { kid: 'ed25519', key: PAIRS.ed25519.privateKey }
    case 'ecdsa': {
      const kid = ({ 'P-256': 'p256', 'P-384': 'p384', 'P-521': 'p521' } as const)[kind.curve]
      return { kid, key: PAIRS[kid].privateKey }
    }
  }
}

/** Signs any text with node:crypto, so that tokens can be made which no JWT library would make. */
export function signText(
  text: string,
  alg: Algorithm,
  key: string | Uint8Array | KeyObject = signerOf(alg).key
): Buffer {
  const kind = kindOf(alg)
  const data = Buffer.from(text)
  if (kind.family === 'hmac') return createHmac(kind.hash.replace('-', ''), key).update(data).digest()
  if (typeof key === 'string' || key instanceof Uint8Array) throw new Error(`${alg} needs a private key`)
  switch (kind.family) {
    case 'eddsa':
      return sign(null, data, key)
    case 'ecdsa':
      return sign(kind.hash, data, { key, dsaEncoding: 'ieee-p1363' })
    case 'rsa':
      return sign(
        kind.hash,
        data,
        kind.padding === 'pss'
          ? { key, padding: constants.RSA_PKCS1_PSS_PADDING, saltLength: constants.RSA_PSS_SALTLEN_DIGEST }
          : { key, padding: constants.RSA_PKCS1_PADDING }
      )
  }
}

export interface TokenParts {
  /** Default: the algorithm alone. Text and bytes are taken as they are, so that they need not be JSON. */
  header?: object | string | Uint8Array
  payload?: object | string | Uint8Array
  /** The algorithm that really signs. Default HS256. */
  alg?: Algorithm
  key?: string | Uint8Array | KeyObject
}

/** A token that is signed correctly, whatever stands in it. */
export function makeToken({ header, payload = CLAIMS, alg = 'HS256', key }: TokenParts = {}): string {
  return signInput(`${encode(header ?? { alg })}.${encode(payload)}`, alg, key)
}

/** Signs a text that stands for header and payload, so that their encoding can be wrong and the signature right. */
export function signInput(input: string, alg: Algorithm = 'HS256', key?: string | Uint8Array | KeyObject): string {
  return `${input}.${signText(input, alg, key ?? signerOf(alg).key).toString('base64url')}`
}

export function encode(value: object | string | Uint8Array): string {
  const bytes = typeof value === 'string' || value instanceof Uint8Array ? value : JSON.stringify(value)
  return Buffer.from(bytes).toString('base64url')
}
