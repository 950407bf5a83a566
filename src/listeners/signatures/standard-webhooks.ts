import { decodeSignature, headerOf, type SignatureScheme, signedPart, timeOfText } from './scheme.ts'

const HEADER = 'webhook-signature'
/** Header names that are older than the specification; Svix still sends them. */
const OLDER_HEADER = 'svix-signature'
const SECRET_PREFIX = 'whsec_'

/**
 * Standard Webhooks 1.0.0 with symmetric signatures: `v1,<base64>` for each live secret, separated by spaces. A call
 * has all three headers with the specified names, or all three with the older ones. The specified names win.
 * @see https://github.com/standard-webhooks/standard-webhooks/blob/main/spec/standard-webhooks.md
 */
export const STANDARD_WEBHOOKS: SignatureScheme = {
  headers: [HEADER, OLDER_HEADER],
  algorithm: 'sha256',
  /** `whsec_` and base64, or base64 alone. Text that is not base64 is the key itself: some senders do this. */
  keyOf(secret) {
    const isMarked = secret.startsWith(SECRET_PREFIX)
    const key = decodeSignature(isMarked ? secret.slice(SECRET_PREFIX.length) : secret, 'base64')
    if (key && key.length > 0) return key
    return isMarked ? undefined : Buffer.from(secret)
  },
  read(headers) {
    const family = headers[HEADER] === undefined ? 'svix' : 'webhook'
    const id = headerOf(headers, `${family}-id`)
    const timestamp = headerOf(headers, `${family}-timestamp`)
    const at = timeOfText(timestamp)
    const signatures = (headerOf(headers, `${family}-signature`) ?? '').split(' ').flatMap((item) => {
      const [version, text = ''] = item.split(',', 2)
      return version === 'v1' ? (decodeSignature(text, 'base64') ?? []) : []
    })
    if (!id || timestamp === undefined || at === undefined || signatures.length === 0) return undefined
    return { signatures, parts: [signedPart(`${id}.${timestamp}.`), 'body'], at, deliveryId: id }
  }
}
