/**
 * A JWT (RFC 7519) signed by HS256, as a customer's back end makes it.
 * @param secret of the workspace: the text that is shown, whose characters are the key
 * @throws Error on a page over plain http from another machine, where browsers do not sign
 */
export async function signCustomerToken(claims: Record<string, unknown>, secret: string): Promise<string> {
  // `crypto.subtle` is undefined there, although its type does not say so.
  if (!isSecureContext) throw new Error('Browsers do not sign on a page over plain http. Open the console over https.')
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
