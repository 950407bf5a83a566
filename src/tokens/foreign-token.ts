/** The types of JWTs that are issued here. */
const OWN_TYPES: ReadonlySet<unknown> = new Set(['at+jwt', 'sluice-integration+jwt'])
const COMPACT = /^(ey[\w-]+)\.[\w-]+\.[\w-]+$/

/**
 * Whether a text is a JWT that somebody else signed, valid or not. Sluice does not store these, so none can be revoked
 * on its own.
 */
export function isForeignJwt(text: string): boolean {
  const header = COMPACT.exec(text)?.[1]
  if (header === undefined) return false
  try {
    const { typ } = JSON.parse(Buffer.from(header, 'base64url').toString('utf8')) as { typ?: unknown }
    return !OWN_TYPES.has(typ)
  } catch {
    return false
  }
}
