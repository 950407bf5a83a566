import { QUERY_CARRIERS } from '../auth/extract-credential.ts'
import { maskText } from '../platform/log/redact.ts'

const MASK = '[masked]'
/** Headers that repeat a URL: that of the calling page, or the one that a proxy received. In lower case. */
export const URL_HEADERS: ReadonlySet<string> = new Set([
  'referer',
  'x-original-url',
  'x-original-uri',
  'x-forwarded-uri',
  'x-rewrite-url',
  'x-envoy-original-path'
])

/** Separates the parts of a URL, so that each part is decoded and checked by itself. */
const SEPARATORS = /([/?#&;,\s]+)/
const USER_INFO = /(\/\/)[^/?#\s]*@/g
/**
 * How many layers of encoding are decoded: a URL in a parameter of a URL is encoded twice, and a proxy may add a layer.
 */
const ENCODINGS = 4

/**
 * Masks the credentials in the text of a URL: parameters that carry one, text that looks like one, and user information
 * before the host. Everything else stays as it was sent.
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

/**
 * Decodes a part. Undefined if it is malformed, or encoded more often than {@link ENCODINGS}: its content is unknown
 * then.
 */
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
