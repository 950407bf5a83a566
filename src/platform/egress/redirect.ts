import { EgressError } from './error.ts'
import type { HeaderLines } from './headers.ts'
import { writtenQuery } from './target.ts'

/** The request after a redirect. */
export interface NextRequest {
  method: string
  url: URL
  /** The URL as it was written. */
  text: string
  headers: HeaderLines
  body: string | Uint8Array | undefined
}

const REDIRECT_STATUSES: ReadonlySet<number> = new Set([301, 302, 303, 307, 308])

/** Headers that describe a body and are removed with it (Fetch standard, "request-body-header name"). */
const OF_THE_BODY: ReadonlySet<string> = new Set([
  'content-encoding',
  'content-language',
  'content-location',
  'content-type'
])

/** Dropped whether or not the caller knows them as secrets. */
const CREDENTIALS: ReadonlySet<string> = new Set(['authorization', 'cookie', 'proxy-authorization'])

/**
 * The request after a redirect, by the rules of the Fetch standard ("HTTP-redirect fetch"): 303 continues with GET, 301
 * and 302 turn POST into GET, 307 and 308 repeat the request. Credentials and secrets do not cross to another origin:
 * headers that hold one are dropped, a URL or a body that holds one ends the call. Returns undefined if the answer is
 * not a redirect. The target is checked later, by the code that sends the request.
 * @throws {EgressError} `refused` if https would become http or a secret would cross, `protocol` if the location cannot
 *   be parsed
 */
export function nextRequest(
  request: Omit<NextRequest, 'text'>,
  status: number,
  location: string | string[] | undefined,
  holdsSecret: (text: string) => boolean
): NextRequest | undefined {
  if (!REDIRECT_STATUSES.has(status) || location === undefined) return undefined
  const { url: from } = request
  const url = typeof location === 'string' ? URL.parse(location, from.href) : null
  if (url === null) throw new EgressError('protocol', `${from.host} redirects to a location that cannot be read`)
  if (from.protocol === 'https:' && url.protocol === 'http:')
    throw new EgressError('refused', `${from.host} redirects from https to http, which would expose the request`)

  const toGet =
    (status === 303 && request.method !== 'GET' && request.method !== 'HEAD') ||
    ((status === 301 || status === 302) && request.method === 'POST')
  const crosses = url.origin !== from.origin
  const body = toGet ? undefined : request.body
  if (crosses && (holdsSecret(url.href) || holdsSecret(textOf(body))))
    throw new EgressError('refused', `${from.host} redirects to another origin, which must not receive the secret`)
  const headers = request.headers.filter(
    ([name, value]) => !(toGet && OF_THE_BODY.has(name)) && !(crosses && (CREDENTIALS.has(name) || holdsSecret(value)))
  )
  return { method: toGet ? 'GET' : request.method, url, text: withQuery(url, location as string), headers, body }
}

function textOf(body: string | Uint8Array | undefined): string {
  return typeof body === 'string' ? body : body === undefined ? '' : Buffer.from(body).toString('utf8')
}

/** The URL as text, with the query as the answer wrote it. */
function withQuery(url: URL, location: string): string {
  return url.search === '' ? url.href : url.origin + url.pathname + writtenQuery(location)
}
