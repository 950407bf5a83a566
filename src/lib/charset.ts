import { TextDecoder } from 'node:util'
import iconv from 'iconv-lite'

/** Text that cannot be read or written in its charset. `reason` continues a sentence that names the text. */
export class CharsetError extends Error {
  override readonly name = 'CharsetError'
  /** `unsupported`: the charset is not known here. `malformed`: the text is not valid in it. */
  readonly kind: 'unsupported' | 'malformed'

  constructor(kind: CharsetError['kind'], reason: string) {
    super(reason)
    this.kind = kind
  }
}

export interface TextDeclaration {
  /** The `charset` parameter of the Content-Type. */
  charset: string | undefined
  /** Whether an XML declaration can name the charset (XML 1.0, section 4.3.3). */
  isXml?: boolean
}

const ASCII = /^(?:us-)?ascii$|^ansi_x3\.4-1968$|^iso646-us$/i
const LATIN_1 = /^(?:iso[-_]?8859-1|latin-?1|l1)$/i
const UTF_16 = /^utf-?16$/i
const XML_DECLARATION = /^[\s\0]*<\?xml[^>]*?\sencoding\s*=\s*["']([A-Za-z][A-Za-z0-9._-]*)["']/
const DECLARATION_BYTES = 256

/**
 * Decodes text: by its byte order mark, then by the `charset` parameter, then by an XML declaration (RFC 7303, section
 * 3.2), else as UTF-8. Supports the charsets of the Encoding standard. Never replaces a character.
 * @throws CharsetError
 */
export function decodeText(bytes: Uint8Array, { charset, isXml = false }: TextDeclaration): string {
  const label = markOf(bytes) ?? charset ?? (isXml ? declaredInXml(bytes) : undefined) ?? 'utf-8'
  const decoder = decoderOf(label)
  if (ASCII.test(label) && bytes.some((byte) => byte > 0x7f)) throw malformed(label)
  try {
    return decoder.decode(bytes)
  } catch {
    throw malformed(label)
  }
}

/**
 * Encodes text in the charset of its `charset` parameter or of its XML declaration. Text for UTF-8 is returned as a
 * string.
 * @throws CharsetError, also for a character that the charset does not have
 */
export function encodeText(text: string, { charset, isXml = false }: TextDeclaration): string | Buffer {
  const label = charset ?? (isXml ? XML_DECLARATION.exec(text.slice(0, DECLARATION_BYTES))?.[1] : undefined) ?? 'utf-8'
  const { encoding } = decoderOf(label)
  if (!text.isWellFormed()) throw new CharsetError('malformed', 'is not well-formed Unicode')
  if (encoding === 'utf-8') return text
  // The Encoding standard treats both as windows-1252, but other readers do not know its additional characters.
  const target = ASCII.test(label) ? 'ascii' : LATIN_1.test(label) ? 'latin1' : encoding
  if (!iconv.encodingExists(target)) throw unsupported(label)
  const bytes = iconv.encode(text, target, { addBOM: UTF_16.test(label) })
  if (iconv.decode(bytes, target) !== text.replace(/^\ufeff/, ''))
    throw new CharsetError('malformed', `has a character that ${label} does not have`)
  return bytes
}

/**
 * Decoders by label. Creating one takes longer than decoding most texts, and the Encoding standard has only a few
 * hundred labels.
 */
const decoders = new Map<string, TextDecoder>()

function decoderOf(label: string): TextDecoder {
  const key = label.trim().toLowerCase()
  const known = decoders.get(key)
  if (known) return known
  try {
    const decoder = new TextDecoder(label, { fatal: true })
    decoders.set(key, decoder)
    return decoder
  } catch {
    throw unsupported(label)
  }
}

/** The charset of a byte order mark, which comes before every declaration. */
function markOf([first, second, third, fourth]: Uint8Array): string | undefined {
  if (first === 0xef && second === 0xbb && third === 0xbf) return 'utf-8'
  if (first === 0xfe && second === 0xff) return 'utf-16be'
  if (first === 0xff && second === 0xfe) return third === 0 && fourth === 0 ? 'utf-32' : 'utf-16le'
  return undefined
}

function declaredInXml(bytes: Uint8Array): string | undefined {
  const beginning = Buffer.from(bytes.subarray(0, DECLARATION_BYTES)).toString('latin1')
  // XML 1.0, appendix F.1: a declaration with two bytes per character and without a byte order mark.
  if (beginning.startsWith('<\0?\0')) return 'utf-16le'
  if (beginning.startsWith('\0<\0?')) return 'utf-16be'
  const declared = XML_DECLARATION.exec(beginning)?.[1]
  // A declaration that can be read byte by byte is not in UTF-16, whatever charset it names.
  return declared !== undefined && /^(?:utf-?16|ucs-?2|iso-10646)/i.test(declared) ? 'utf-8' : declared
}

function unsupported(label: string): CharsetError {
  return new CharsetError(
    'unsupported',
    `is in the charset ${JSON.stringify(label.slice(0, 40))}, which is not supported`
  )
}

function malformed(label: string): CharsetError {
  return new CharsetError('malformed', `is not text in ${label}`)
}
