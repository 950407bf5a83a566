import { EgressError } from './error.ts'
import type { HeaderLines } from './headers.ts'

/** The request after a redirect. */
export interface NextRequest {
  method: string
  url: URL
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

const CREDENTIALS: ReadonlySet<string> = new Set(['authorization', 'cookie', 'proxy-authorization'])

/**
 * The request after a redirect, by the rules of the Fetch standard ("HTTP-redirect fetch"): 303 continues with GET, 301
 * and 302 turn POST into GET, 307 and 308 repeat the request. Credentials do not cross to another origin. Returns
 * undefined if the answer is not a redirect. The target is not checked here, but by the code that sends the request.
 * @param isCredential whether a header, by its lower-case name, is a credential in addition to the usual ones
 * @throws {EgressError} `refused` if https would become http, `protocol` if the location cannot be parsed
 */
export function nextRequest(
  request: NextRequest,
  status: number,
  location: string | string[] | undefined,
  isCredential: (name: string) => boolean
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
  const headers = request.headers.filter(
    ([name]) => !(toGet && OF_THE_BODY.has(name)) && !(crosses && (CREDENTIALS.has(name) || isCredential(name)))
  )
  return { method: toGet ? 'GET' : request.method, url, headers, body: toGet ? undefined : request.body }
}
