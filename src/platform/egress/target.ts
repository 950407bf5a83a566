import { isIP } from 'node:net'
import { addressKind, type AddressKind, type EgressAllow, withoutFinalDot } from './allow-list.ts'
import { EgressError } from './error.ts'

/** The target of a request: a URL that was parsed and passed every check. */
export interface Target {
  url: URL
  /** The target of the request line: the path, and the query as it was written. */
  path: string
  /** In the form of the URL parser, without the brackets of IPv6. */
  hostname: string
  port: number
  /** Host and port, for messages. */
  label: string
}

/** Names of clouds' metadata services: refused whatever they resolve to. */
const METADATA_HOSTS: ReadonlySet<string> = new Set(['metadata.google.internal', 'metadata.goog'])

const SCHEMES: ReadonlySet<string> = new Set(['http:', 'https:'])

const DESCRIPTIONS: Readonly<Record<AddressKind, string>> = {
  global: 'a public address',
  metadata: 'a cloud metadata address',
  loopback: 'a loopback address',
  private: 'a private address',
  'link-local': 'a link-local address',
  'special-purpose': 'an address that is not a public one'
}

/**
 * The first of the three checks, before any name is looked up: scheme, credentials, port, and the address if the URL
 * contains one.
 * @throws {EgressError} `invalid_url` or `refused`
 */
export function readTarget(text: string | URL, allow: EgressAllow, maxUrlChars: number): Target {
  const url = parseUrl(text, maxUrlChars)
  const hostname = bareHostname(url.hostname)
  const port = portOf(url)
  const path = url.pathname + (typeof text === 'string' ? writtenQuery(text) : url.search)
  const target = { url, path, hostname, port, label: `${url.hostname}:${port}` }
  if (allow.host(url.hostname, port)) return target
  if (METADATA_HOSTS.has(withoutFinalDot(hostname))) throw refused(`${hostname} is ${DESCRIPTIONS.metadata}`)
  // Node connects to a literal address without a lookup hook, so it is checked here.
  if (isIP(hostname) !== 0 && !mayReach(hostname, allow))
    throw refused(`${url.hostname} is ${DESCRIPTIONS[addressKind(hostname)]}`)
  return target
}

/** Whether flows may connect to this address if the host's name alone does not allow it. */
export function mayReach(address: string, allow: EgressAllow): boolean {
  return addressKind(address) === 'global' || allow.address(address)
}

/** A refusal by the guard. `what` names the host, exactly as its author wrote it. */
export function refused(what: string): EgressError {
  return new EgressError('refused', `${what}: flows may not call it unless the operator allows it in EGRESS_ALLOW`)
}

/**
 * Characters that are encoded in a query: all but visible ASCII, and `"`, `<` and `>`, which the URL parser encodes
 * too.
 */
const NOT_IN_A_QUERY = /[^!#-;=?-~]+/g

/**
 * The query of a URL as its author wrote it, with its `?`; empty if there is none. The URL parser also encodes
 * apostrophes, which changes a query that was signed.
 */
export function writtenQuery(text: string): string {
  const beforeFragment = text.trim().split('#', 1)[0] as string
  const start = beforeFragment.indexOf('?')
  if (start === -1) return ''
  return beforeFragment
    .slice(start)
    .replaceAll(/[\t\n\r]/g, '')
    .replaceAll(NOT_IN_A_QUERY, (found) => encodeURIComponent(found.toWellFormed()))
}

/** The port that a URL names, or that of its scheme. */
export function portOf(url: URL): number {
  if (url.port !== '') return Number(url.port)
  return url.protocol === 'https:' ? 443 : 80
}

/** A host name as sockets take it: an IPv6 address without its brackets. */
export function bareHostname(hostname: string): string {
  return hostname.startsWith('[') ? hostname.slice(1, -1) : hostname
}

function parseUrl(text: string | URL, maxUrlChars: number): URL {
  // Always make a copy, because the caller's object may change during the call.
  const href = typeof text === 'string' ? text : text.href
  if (href.length > maxUrlChars)
    throw new EgressError('invalid_url', `The URL is longer than ${maxUrlChars} characters`)
  const url = URL.parse(href)
  if (url === null)
    throw new EgressError(
      'invalid_url',
      'The URL cannot be read: it must be absolute, such as https://api.example.com/items'
    )
  if (!SCHEMES.has(url.protocol))
    throw new EgressError('refused', `The scheme ${url.protocol} is not supported: use http: or https:`)
  if (url.username !== '' || url.password !== '')
    throw new EgressError(
      'invalid_url',
      `The URL of ${url.hostname} carries a user name or password: use an authentication policy instead`
    )
  if (url.port === '0') throw new EgressError('invalid_url', `${url.hostname} cannot be called at port 0`)
  if (url.hash !== '') url.hash = ''
  return url
}
