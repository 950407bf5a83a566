import { Secret } from '../lib/secret.ts'

/** The credential of a request, or why there is none. Nothing here throws: rejecting is a later step. */
export type Extraction =
  | { found: 'none' }
  | { found: 'several'; why: string }
  | { found: 'unreadable'; why: string }
  | { found: 'token'; carrier: 'bearer' | 'header' | 'query'; token: Secret }
  /** E-mail and password are still encoded in the header. */
  | { found: 'basic' }

const HEADER_CARRIERS: ReadonlySet<string> = new Set(['access_token', 'jwt_token'])
/** Query parameters that carry a credential. */
export const QUERY_CARRIERS: ReadonlySet<string> = new Set(['access_token', 'token', 'jwt_token'])

/**
 * Schemes of `Authorization` that precede a token: `Bearer` (RFC 6750), and `access_token`, which DCKAP's pages show.
 */
const TOKEN_SCHEMES: ReadonlySet<string> = new Set(['bearer', 'access_token'])

/** Headers that carry a credential for this gateway or for a proxy in front of it. Flows never see them. */
export const CREDENTIAL_HEADERS: ReadonlySet<string> = new Set([
  'authorization',
  'proxy-authorization',
  'cookie',
  'accesstoken',
  ...HEADER_CARRIERS
])

/**
 * Reads every carrier, so that a second credential is noticed. It uses the raw headers, because Node keeps only the
 * first of two `Authorization` headers (RFC 9110, section 5.3, allows one).
 */
export function extractCredential(rawHeaders: readonly string[], query: URLSearchParams | undefined): Extraction {
  let found: Extraction = { found: 'none' }
  let count = 0

  for (let index = 0; index + 1 < rawHeaders.length; index += 2) {
    const name = (rawHeaders[index] ?? '').toLowerCase()
    if (name === 'authorization') {
      found = readAuthorization(rawHeaders[index + 1] ?? '')
      count++
    } else if (HEADER_CARRIERS.has(name)) {
      found = { found: 'token', carrier: 'header', token: new Secret(rawHeaders[index + 1] ?? '') }
      count++
    }
  }
  if (query) {
    for (const [name, value] of query) {
      if (!QUERY_CARRIERS.has(name)) continue
      found = { found: 'token', carrier: 'query', token: new Secret(value) }
      count++
    }
  }
  return count > 1 ? { found: 'several', why: `${count} credentials in one request` } : found
}

/** Whether the query has a parameter that carries a credential. */
export function carriesCredential(query: URLSearchParams): boolean {
  return [...QUERY_CARRIERS].some((name) => query.has(name))
}

/** The query without the parameters that carry credentials. */
export function withoutCredentials(query: URLSearchParams): [string, string][] {
  return [...query].filter(([name]) => !QUERY_CARRIERS.has(name))
}

function readAuthorization(value: string): Extraction {
  const space = value.indexOf(' ')
  const scheme = (space < 0 ? value : value.slice(0, space)).toLowerCase()
  if (TOKEN_SCHEMES.has(scheme))
    return { found: 'token', carrier: 'bearer', token: new Secret(space < 0 ? '' : value.slice(space + 1).trim()) }
  if (scheme === 'basic') return { found: 'basic' }
  return { found: 'unreadable', why: 'unknown_authorization_scheme' }
}
