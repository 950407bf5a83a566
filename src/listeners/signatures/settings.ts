export const SIGNATURE_PRESETS = ['github', 'stripe', 'shopify', 'slack', 'standard-webhooks', 'custom'] as const
export const SIGNATURE_ALGORITHMS = ['sha1', 'sha256', 'sha512'] as const
export const SIGNATURE_ENCODINGS = ['hex', 'base64'] as const
/** The most secrets of one listener: the old and the new one during a rotation, and one to spare. */
export const SIGNATURE_SECRETS_MAX = 3
/** How far the time of a signature may be from now, in either direction. */
export const TOLERANCE_SECONDS = { default: 300, max: 86_400 } as const
/** How long a delivery is remembered if its scheme does not sign a time. */
export const UNTIMED_SECONDS = 24 * 60 * 60

export type SignaturePreset = (typeof SIGNATURE_PRESETS)[number]

/** An HMAC scheme that the owner of a listener describes. */
export interface CustomSignature {
  /** The header with the signature. */
  header: string
  /** The text before the signature in that header. */
  prefix?: string | undefined
  algorithm: (typeof SIGNATURE_ALGORITHMS)[number]
  encoding: (typeof SIGNATURE_ENCODINGS)[number]
  /** What is signed, with `{body}`, `{timestamp}` and `{id}` in it. Default: `{body}`. */
  payload?: string | undefined
  /** The header of `{timestamp}`: seconds or milliseconds since 1970, or RFC 3339. */
  timestampHeader?: string | undefined
  /** The header of `{id}`. */
  idHeader?: string | undefined
}

/** How a listener verifies the signatures of its calls. */
export interface ListenerSignature {
  preset: SignaturePreset
  /** Names of secrets of the workspace. A signature by any of them is right. */
  secret: string | string[]
  toleranceSeconds?: number | undefined
  /** Only for the preset `custom`. */
  custom?: CustomSignature | undefined
}

export function secretNamesOf({ secret }: Pick<ListenerSignature, 'secret'>): readonly string[] {
  return typeof secret === 'string' ? [secret] : secret
}
