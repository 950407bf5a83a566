/** How many characters of a token may be sent: the part that lists show. */
const START_CHARS = 12

/**
 * The first 12 characters of a token, or of the id of a JWT that the gateway issued; undefined for every other text.
 */
export function credentialStart(text: string): string | undefined {
  if (/^sl[a-z]_\w/.test(text)) return text.slice(0, START_CHARS)
  const payload = /^eyJ[\w-]*\.([\w-]+)(\.|$)/.exec(text)?.[1]
  if (payload === undefined) return undefined
  try {
    const { jti } = JSON.parse(atob(payload.replaceAll('-', '+').replaceAll('_', '/'))) as { jti?: unknown }
    return typeof jti === 'string' ? jti.slice(0, START_CHARS) : ''
  } catch {
    return ''
  }
}
