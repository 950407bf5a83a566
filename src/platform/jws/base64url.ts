/**
 * Decodes canonical base64url (RFC 7515, section 2; RFC 4648, section 3.5). Returns undefined for padding, line breaks,
 * other characters and unused bits that are set, so that a token has exactly one spelling.
 */
export function decodeBase64url(text: string): Uint8Array | undefined {
  // Decoding is lenient and encoding is canonical: what decoding skipped is missing after encoding.
  const bytes = Buffer.from(text, 'base64url')
  return bytes.toString('base64url') === text ? bytes : undefined
}

/** Reads an unsigned big-endian integer. */
export function toInteger(bytes: Uint8Array): bigint {
  return bytes.length === 0 ? 0n : BigInt(`0x${Buffer.from(bytes).toString('hex')}`)
}
