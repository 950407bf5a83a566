import { decodeText, encodeText } from './charset.ts'

export type FormPairs = readonly (readonly [name: string, value: string])[]

/** The field with which a form names its charset (HTML standard, "the `_charset_` field"). */
const CHARSET_FIELD = '_charset_'

const [AMPERSAND, EQUALS, PLUS, PERCENT, SPACE] = [0x26, 0x3d, 0x2b, 0x25, 0x20] as const
/** The values of hexadecimal digits, by their byte. */
const HEX_VALUES = new Map(
  [...'0123456789abcdefABCDEF'].map((digit) => [digit.charCodeAt(0), Number.parseInt(digit, 16)])
)

/** Whether a form may have more than `most` pairs. Empty pairs count too. */
export function hasMorePairs(form: Uint8Array, most: number): boolean {
  let pairs = 1
  for (let at = form.indexOf(AMPERSAND); at !== -1 && pairs <= most; at = form.indexOf(AMPERSAND, at + 1)) pairs++
  return pairs > most
}

/**
 * Reads `application/x-www-form-urlencoded` content by the URL standard, but never replaces a character: bytes that are
 * not valid in the form's charset are an error.
 * @param form bytes, or the query of a URL
 * @throws CharsetError
 */
export function decodeForm(form: Uint8Array | string, charset?: string): [string, string][] {
  const pairs = [...splitPairs(Buffer.from(form as string))]
  const named = charset ?? pairs.find(([name]) => name.toString('latin1') === CHARSET_FIELD)?.[1].toString('latin1')
  const declaration = { charset: named === '' ? undefined : named }
  return pairs.map(([name, value]) => [decodeText(name, declaration), decodeText(value, declaration)])
}

function* splitPairs(form: Buffer): Generator<[name: Buffer, value: Buffer]> {
  for (let from = 0; from < form.length;) {
    const next = form.indexOf(AMPERSAND, from)
    const to = next === -1 ? form.length : next
    const pair = form.subarray(from, to)
    const equals = pair.indexOf(EQUALS)
    if (pair.length > 0)
      yield equals === -1
        ? [unescaped(pair), NONE]
        : [unescaped(pair.subarray(0, equals)), unescaped(pair.subarray(equals + 1))]
    from = to + 1
  }
}

/**
 * Writes pairs as `application/x-www-form-urlencoded` content.
 * @throws CharsetError
 */
export function encodeForm(pairs: FormPairs, charset?: string): string {
  const escaped = (text: string): string => {
    const encoded = encodeText(text, { charset })
    if (typeof encoded === 'string') return new URLSearchParams([['', encoded]]).toString().slice(1)
    return Buffer.from(encoded)
      .toString('latin1')
      .replaceAll(/[^A-Za-z0-9*\-._ ]/g, (char) => `%${char.charCodeAt(0).toString(16).toUpperCase().padStart(2, '0')}`)
      .replaceAll(' ', '+')
  }
  return pairs.map(([name, value]) => `${escaped(name)}=${escaped(value)}`).join('&')
}

const NONE = Buffer.alloc(0)

/** Decodes the bytes of a name or a value. A percent sign without two digits stays as it is. */
function unescaped(bytes: Buffer): Buffer {
  const plain = Buffer.allocUnsafe(bytes.length)
  let length = 0
  for (let at = 0; at < bytes.length; at++) {
    const byte = bytes[at] as number
    const high = byte === PERCENT ? HEX_VALUES.get(bytes[at + 1] ?? 0) : undefined
    const low = high === undefined ? undefined : HEX_VALUES.get(bytes[at + 2] ?? 0)
    if (high !== undefined && low !== undefined) {
      plain[length++] = high * 16 + low
      at += 2
    } else plain[length++] = byte === PLUS ? SPACE : byte
  }
  return plain.subarray(0, length)
}
