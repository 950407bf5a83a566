import { QUERY_CARRIERS } from '../auth/extract-credential.ts'
import { maskText } from '../platform/log/redact.ts'

const MASK = '[masked]'
/** Headers that repeat a URL: that of the page that calls, or the one that a proxy was asked for. In lower case. */
export const URL_HEADERS: ReadonlySet<string> = new Set([
  'referer',
  'x-original-url',
  'x-original-uri',
  'x-forwarded-uri',
  'x-rewrite-url',
  'x-envoy-original-path'
])

/** What separates the parts of a URL, so that each part is judged, and decoded, by itself. */
const SEPARATORS = /([/?#&;,\s]+)/
const USER_INFO = /(\/\/)[^/?#\s]*@/g
/** A URL within a parameter of a URL is encoded twice, and that of a proxy once more. */
const ENCODINGS = 4

/**
 * Masks the credentials in the text of a URL: parameters that carry one, text that looks like one, and a user before
 * the host. Everything else stays as it was sent.
 * @example maskUrl('/reports?access_token=abc&page=2') // '/reports?access_token=[masked]&page=2'
 */
export function maskUrl(url: string): string {
  return url.replace(USER_INFO, `$1${MASK}@`).split(SEPARATORS).map(maskPart).join('')
}

function maskPart(part: string): string {
  const equals = part.indexOf('=')
  const name = equals < 0 ? undefined : decoded(part.slice(0, equals))
  if (name !== undefined && QUERY_CARRIERS.has(name)) return `${part.slice(0, equals)}=${MASK}`
  const text = decoded(part)
  if (text !== undefined && maskText(text) === text) return part
  return name === undefined || maskText(name) !== name ? MASK : `${part.slice(0, equals)}=${MASK}`
}

/** Undefined for text that no decoder reads in full: nobody can tell what is in it. */
function decoded(part: string): string | undefined {
  let text = part
  for (let round = 0; round < ENCODINGS; round++) {
    if (!text.includes('%')) return text
    try {
      text = decodeURIComponent(text)
    } catch {
      return round === 0 ? undefined : text
    }
  }
  return text.includes('%') ? undefined : text
}
