import { decodeSignature, headerOf, type SignatureScheme, signedPart, timeOfText } from './scheme.ts'

const HEADER = 'stripe-signature'

/**
 * Stripe's `t=<seconds>,v1=<hex>`, with a `v1` for each secret that is live at Stripe. Other versions are ignored,
 * which prevents downgrades to a weaker one.
 * @see https://docs.stripe.com/webhooks/signature
 */
export const STRIPE: SignatureScheme = {
  headers: [HEADER],
  algorithm: 'sha256',
  keyOf: (secret) => Buffer.from(secret),
  read(headers) {
    const items = (headerOf(headers, HEADER) ?? '').split(',').map((item) => {
      const equals = item.indexOf('=')
      return [item.slice(0, Math.max(equals, 0)).trim(), item.slice(equals + 1).trim()] as const
    })
    const timestamp = items.find(([name]) => name === 't')?.[1]
    const at = timeOfText(timestamp)
    const signatures = items.flatMap(([name, text]) => (name === 'v1' ? (decodeSignature(text, 'hex') ?? []) : []))
    if (timestamp === undefined || at === undefined || signatures.length === 0) return undefined
    return { signatures, parts: [signedPart(`${timestamp}.`), 'body'], at, deliveryId: undefined }
  }
}
