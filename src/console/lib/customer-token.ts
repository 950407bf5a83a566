/**
 * A JWT (RFC 7519) by HS256, as a customer's back end makes it.
 * @param secret of the workspace: the text that is shown, whose characters are the key
 * @throws Error in a page of plain http that is not of this machine: browsers sign nothing there
 */
export async function signCustomerToken(claims: Record<string, unknown>, secret: string): Promise<string> {
  // Undefined there, whatever its type says.
  if (!isSecureContext) throw new Error('Browsers sign nothing in a page of plain http. Open the console over https.')
  const text = `${part({ alg: 'HS256', typ: 'JWT' })}.${part(claims)}`
  const key = await crypto.subtle.importKey(
    'raw',
    new TextEncoder().encode(secret),
    { name: 'HMAC', hash: 'SHA-256' },
    false,
    ['sign']
  )
  const signature = await crypto.subtle.sign('HMAC', key, new TextEncoder().encode(text))
  return `${text}.${base64url(new Uint8Array(signature))}`
}

function part(value: unknown): string {
  return base64url(new TextEncoder().encode(JSON.stringify(value)))
}

function base64url(bytes: Uint8Array): string {
  let text = ''
  for (const byte of bytes) text += String.fromCharCode(byte)
  return btoa(text).replaceAll('+', '-').replaceAll('/', '_').replace(/=+$/, '')
}
