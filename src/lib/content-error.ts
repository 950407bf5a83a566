/** A value that cannot be content of its type. The message is a sentence for the author; it never shows the value. */
export class ContentError extends Error {
  override readonly name = 'ContentError'
}

/**
 * The bytes of a text in base64 (RFC 4648, section 4 or 5, padded or not); undefined if it is not base64.
 * @example decodeBase64('aGk=') // <Buffer 68 69>
 */
export function decodeBase64(text: string): Buffer | undefined {
  const padding = text.endsWith('==') ? 2 : text.endsWith('=') ? 1 : 0
  const characters = text.length - padding
  if (characters % 4 === 1 || (padding > 0 && text.length % 4 !== 0)) return undefined
  const bytes = Buffer.from(text, 'base64')
  // Node skips other characters, so the result is then shorter than the text implies.
  return bytes.length === Math.floor((characters * 3) / 4) ? bytes : undefined
}
