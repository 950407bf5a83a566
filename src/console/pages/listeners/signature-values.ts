import type { ListenerSignature } from '../../api/types.ts'
import type { Errors } from '../../ui/useForm.ts'

/** The values of the form for the signature of a listener's calls. */
export interface SignatureValues {
  /** Empty = callers send a credential. */
  signer: '' | ListenerSignature['preset']
  /** Names of secrets. */
  signedWith: string
  tolerance: string
  signatureHeader: string
  signaturePrefix: string
  algorithm: string
  encoding: string
  signedText: string
  timestampHeader: string
  idHeader: string
}

export const UNSIGNED: SignatureValues = {
  signer: '',
  signedWith: '',
  tolerance: '',
  signatureHeader: '',
  signaturePrefix: '',
  algorithm: 'sha256',
  encoding: 'hex',
  signedText: '{body}',
  timestampHeader: '',
  idHeader: ''
}

const SECRETS_MAX = 3
const TOLERANCE_MAX = 86_400

export function signatureValuesOf(signature: ListenerSignature | null): SignatureValues {
  if (!signature) return UNSIGNED
  const { preset, secret, toleranceSeconds, custom } = signature
  return {
    ...UNSIGNED,
    signer: preset,
    signedWith: [secret].flat().join(', '),
    tolerance: String(toleranceSeconds ?? ''),
    ...(custom
      ? {
          signatureHeader: custom.header,
          signaturePrefix: custom.prefix ?? '',
          algorithm: custom.algorithm,
          encoding: custom.encoding,
          signedText: custom.payload ?? UNSIGNED.signedText,
          timestampHeader: custom.timestampHeader ?? '',
          idHeader: custom.idHeader ?? ''
        }
      : {})
  }
}

export function sentSignature(values: SignatureValues): ListenerSignature | null {
  const { signer, tolerance, signaturePrefix, timestampHeader, idHeader } = values
  if (signer === '') return null
  return {
    preset: signer,
    secret: secretsOf(values),
    ...(tolerance === '' ? {} : { toleranceSeconds: Number(tolerance) }),
    ...(signer === 'custom'
      ? {
          custom: {
            header: values.signatureHeader.trim(),
            algorithm: values.algorithm,
            encoding: values.encoding,
            payload: values.signedText,
            ...(signaturePrefix === '' ? {} : { prefix: signaturePrefix }),
            ...(timestampHeader.trim() === '' ? {} : { timestampHeader: timestampHeader.trim() }),
            ...(idHeader.trim() === '' ? {} : { idHeader: idHeader.trim() })
          }
        }
      : {})
  }
}

export function checkSignature(values: SignatureValues): Errors<SignatureValues> {
  if (values.signer === '') return {}
  const count = secretsOf(values).length
  const { tolerance } = values
  return {
    ...(count === 0 ? { signedWith: 'Enter the name of a secret of the workspace.' } : {}),
    ...(count > SECRETS_MAX ? { signedWith: `At most ${SECRETS_MAX} secrets.` } : {}),
    ...(tolerance === '' || (/^[1-9]\d{0,4}$/.test(tolerance) && Number(tolerance) <= TOLERANCE_MAX)
      ? {}
      : { tolerance: `Enter a whole number from 1 to ${TOLERANCE_MAX}.` }),
    ...(values.signer === 'custom' && values.signatureHeader.trim() === ''
      ? { signatureHeader: 'Enter the header that has the signature.' }
      : {}),
    ...(values.signer === 'custom' && !values.signedText.includes('{body}')
      ? { signedText: 'It must have {body}: otherwise the body is not protected.' }
      : {})
  }
}

function secretsOf({ signedWith }: SignatureValues): string[] {
  return signedWith.split(/[\s,]+/).filter(Boolean)
}
