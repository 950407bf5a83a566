import { CharsetError, decodeText } from './charset.ts'

/** One parameter: a token, or a quoted string in which only `\"` and `\\` are escapes. */
const PARAMETER = /;\s*([!#$%&'*+.^_`|~0-9A-Za-z-]+)\s*=\s*(?:"((?:[^"\\]|\\.)*)"|([^\s;]*))/g
/** RFC 8187, section 3.2: charset, language and percent-encoded text. */
const EXTENDED = /^([^']*)'[^']*'(.*)$/

/**
 * Reads the `Content-Disposition` of a part of a form (RFC 7578, section 4.2). Names are in UTF-8, as browsers write
 * them; `filename*` (RFC 8187) is read as well.
 * @param field as it was received, with one byte per character
 * @returns no name if the field is missing, or is not `form-data`
 * @throws CharsetError
 */
export function readDisposition(field: string | undefined): { name?: string; filename?: string } {
  if (field === undefined || !/^\s*form-data\s*(?:;|$)/i.test(field)) return {}
  const found: { name?: string; filename?: string } = {}
  let extended: string | undefined
  for (const [, name = '', quoted, token] of field.matchAll(PARAMETER)) {
    const value = quoted === undefined ? (token ?? '') : quoted.replaceAll(/\\(["\\])/g, '$1')
    const key = name.toLowerCase()
    if (key === 'name') found.name ??= textOf(Buffer.from(value, 'latin1'))
    else if (key === 'filename') found.filename ??= textOf(Buffer.from(value, 'latin1'))
    else if (key === 'filename*') extended ??= decodeExtended(value)
  }
  if (extended !== undefined) found.filename = extended
  return found
}

function decodeExtended(value: string): string {
  const [, charset, encoded] = EXTENDED.exec(value) ?? []
  if (charset === undefined || encoded === undefined)
    throw new CharsetError('malformed', 'has a file name that cannot be read')
  const bytes = encoded.replaceAll(/%([0-9A-Fa-f]{2})/g, (_, digits: string) =>
    String.fromCharCode(Number.parseInt(digits, 16))
  )
  return textOf(Buffer.from(bytes, 'latin1'), charset)
}

function textOf(bytes: Buffer, charset = 'utf-8'): string {
  return decodeText(bytes, { charset })
}
