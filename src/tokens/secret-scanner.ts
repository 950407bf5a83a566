import { isId, type IdPrefix } from '../lib/ids.ts'
import { isOpaque } from '../lib/opaque-token.ts'
import type { IssuedJwtType } from './jwt.ts'

/**
 * What a secret scanner looks for: tokens (`slc_`) and sessions (`sls_`), 64 characters with a checksum, and JWTs signed with Ed25519.
 * Documented in docs/tokens.md: change both.
 */
const PATTERN = /(?<![\w-])(?:sl[cs]_[0-9A-Za-z]{60}|eyJ[\w-]{10,1000}\.eyJ[\w-]{10,1000}\.[\w-]{86})(?![\w-])/g
/** By its `typ`: what a JWT of ours is, and what its `jti` begins with. */
const JWT_KINDS: Readonly<Record<IssuedJwtType, { kind: FoundToken['kind']; prefix: IdPrefix }>> = {
  'at+jwt': { kind: 'jwt', prefix: 'tok' },
  'sluice-integration+jwt': { kind: 'integration', prefix: 'itk' }
}

export interface FoundToken {
  kind: 'token' | 'session' | 'jwt' | 'integration'
  text: string
  /** Where in the text, from 0. */
  index: number
}

/** The credentials of ours in a text. Of those that look like opaque ones, only with a right checksum; JWTs by what they say of themselves. */
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
  if (text.startsWith('sls_')) return isOpaque('sls_', text) ? 'session' : undefined
  const [header, claims] = text.split('.').slice(0, 2).map(readPart)
  const own = isOwnType(header?.typ) ? JWT_KINDS[header.typ] : undefined
  return own && typeof claims?.jti === 'string' && isId(own.prefix, claims.jti) ? own.kind : undefined
}

function isOwnType(typ: unknown): typ is IssuedJwtType {
  return typeof typ === 'string' && Object.hasOwn(JWT_KINDS, typ)
}

function readPart(part: string): Record<string, unknown> | undefined {
  try {
    return JSON.parse(Buffer.from(part, 'base64url').toString('utf8')) as Record<string, unknown>
  } catch {
    return undefined
  }
}
