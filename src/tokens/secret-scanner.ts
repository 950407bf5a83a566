import { isId, type IdPrefix } from '../lib/ids.ts'
import { isOpaque } from '../lib/opaque-token.ts'
import type { IssuedJwtType } from './jwt.ts'

/**
 * Matches tokens (`slc_`, `slm_`) and sessions (`sls_`), which have 64 characters and a checksum, and JWTs signed with
 * Ed25519. docs/tokens.md documents this pattern for secret scanners: change both.
 */
const PATTERN = /(?<![\w-])(?:sl[cms]_[0-9A-Za-z]{60}|eyJ[\w-]{10,1000}\.eyJ[\w-]{10,1000}\.[\w-]{86})(?![\w-])/g
/** The kind of an issued JWT and the prefix of its `jti`, by `typ`. */
const JWT_KINDS: Readonly<Record<IssuedJwtType, { kind: FoundToken['kind']; prefix: IdPrefix }>> = {
  'at+jwt': { kind: 'jwt', prefix: 'tok' },
  'sluice-integration+jwt': { kind: 'integration', prefix: 'itk' }
}

export interface FoundToken {
  kind: 'token' | 'session' | 'jwt' | 'integration'
  text: string
  /** The offset in the text, from 0. */
  index: number
}

/**
 * Finds issued credentials in a text: opaque ones with a valid checksum, and JWTs by their unverified `typ` and `jti`.
 */
export function findTokensInText(text: string): FoundToken[] {
  const found: FoundToken[] = []
  for (const match of text.matchAll(PATTERN)) {
    const kind = kindOf(match[0])
    if (kind) found.push({ kind, text: match[0], index: match.index })
  }
  return found
}

function kindOf(text: string): FoundToken['kind'] | undefined {
  if (text.startsWith('slc_')) return isOpaque('slc_', text) ? 'token' : undefined
  if (text.startsWith('slm_')) return isOpaque('slm_', text) ? 'token' : undefined
  if (text.startsWith('sls_')) return isOpaque('sls_', text) ? 'session' : undefined
  const [header, claims] = text.split('.').slice(0, 2).map(readPart)
  const issued = isIssuedType(header?.typ) ? JWT_KINDS[header.typ] : undefined
  return issued && typeof claims?.jti === 'string' && isId(issued.prefix, claims.jti) ? issued.kind : undefined
}

function isIssuedType(typ: unknown): typ is IssuedJwtType {
  return typeof typ === 'string' && Object.hasOwn(JWT_KINDS, typ)
}

function readPart(part: string): Record<string, unknown> | undefined {
  try {
    return JSON.parse(Buffer.from(part, 'base64url').toString('utf8')) as Record<string, unknown>
  } catch {
    return undefined
  }
}
