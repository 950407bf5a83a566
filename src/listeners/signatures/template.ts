import type { CustomSignature } from './settings.ts'
import {
  decodeSignature,
  headerOf,
  type SentSignature,
  type SignatureScheme,
  signedPart,
  timeOfText
} from './scheme.ts'

export const PAYLOAD_DEFAULT = '{body}'

/** The names in braces in a payload. */
export function placeholdersOf(payload: string): string[] {
  return [...payload.matchAll(/\{([^{}]*)\}/g)].map(([, name = '']) => name)
}

/** The scheme that settings describe. They must have passed `checkSignature`. */
export function templateScheme(settings: CustomSignature): SignatureScheme {
  const { prefix = '', algorithm, encoding, payload = PAYLOAD_DEFAULT } = settings
  const header = settings.header.toLowerCase()
  const timestampHeader = settings.timestampHeader?.toLowerCase()
  const idHeader = settings.idHeader?.toLowerCase()
  const pieces = payload.split(/(\{[^{}]*\})/).filter((piece) => piece !== '')
  return {
    headers: [header],
    algorithm,
    keyOf: (secret) => Buffer.from(secret),
    read(headers): SentSignature | undefined {
      const value = headerOf(headers, header)
      if (value === undefined || !value.startsWith(prefix)) return undefined
      const signature = decodeSignature(value.slice(prefix.length), encoding)
      const timestamp = timestampHeader === undefined ? undefined : headerOf(headers, timestampHeader)
      const id = idHeader === undefined ? undefined : headerOf(headers, idHeader)
      const at = timeOfText(timestamp)
      if (!signature || (timestampHeader !== undefined && at === undefined)) return undefined
      if (idHeader !== undefined && id === undefined) return undefined
      const parts = pieces.map((piece) => {
        if (piece === '{body}') return 'body'
        if (piece === '{timestamp}') return signedPart(timestamp ?? '')
        return piece === '{id}' ? signedPart(id ?? '') : Buffer.from(piece)
      })
      return { signatures: [signature], parts, at, deliveryId: undefined }
    }
  }
}
