import { decodeText, encodeText } from './charset.ts'

export type FormPairs = readonly (readonly [name: string, value: string])[]

const ESCAPE = /%([0-9A-Fa-f]{2})/g
/** A form may name its charset itself (HTML standard, "the `_charset_` field"). */
const CHARSET_FIELD = '_charset_'

/**
 * Reads `application/x-www-form-urlencoded` content as the URL standard does, but replaces no character: bytes that are
 * no text in the form's charset are an error.
 * @param form bytes, or the query of a URL
 * @throws CharsetError
 */
export function decodeForm(form: Uint8Array | string, charset?: string): [string, string][] {
  const text = Buffer.from(form as string).toString('latin1')
  const pairs = text
    .split('&')
    .filter((pair) => pair !== '')
    .map((pair) => {
      const equals = pair.indexOf('=')
      return equals < 0 ? [bytesOf(pair), NONE] : [bytesOf(pair.slice(0, equals)), bytesOf(pair.slice(equals + 1))]
    }) as [Buffer, Buffer][]
  const named = charset ?? pairs.find(([name]) => name.toString('latin1') === CHARSET_FIELD)?.[1].toString('latin1')
  const declaration = { charset: named === '' ? undefined : named }
  return pairs.map(([name, value]) => [decodeText(name, declaration), decodeText(value, declaration)])
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

function bytesOf(text: string): Buffer {
  const unescaped = text
    .replaceAll('+', ' ')
    .replaceAll(ESCAPE, (_, digits: string) => String.fromCharCode(Number.parseInt(digits, 16)))
  return Buffer.from(unescaped, 'latin1')
}
