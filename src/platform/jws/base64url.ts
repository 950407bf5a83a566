/**
 * The bytes of a base64url text, or undefined where the text is not the one canonical spelling of them (RFC 7515,
 * section 2; RFC 4648, section 3.5): padding, line breaks, other characters and unused bits that are set are all
 * refused, so a token has one spelling.
 */
export function decodeBase64url(text: string): Uint8Array | undefined {
  // Decoding is lenient here, and encoding is not: whatever was passed over on the way in is missing on the way out.
  const bytes = Buffer.from(text, 'base64url')
  return bytes.toString('base64url') === text ? bytes : undefined
}

/** An unsigned big-endian integer. */
export function toInteger(bytes: Uint8Array): bigint {
  return bytes.length === 0 ? 0n : BigInt(`0x${Buffer.from(bytes).toString('hex')}`)
}
