import { Type } from 'typebox'
import {
  SIGNATURE_ALGORITHMS,
  SIGNATURE_ENCODINGS,
  SIGNATURE_PRESETS,
  SIGNATURE_SECRETS_MAX,
  TOLERANCE_SECONDS
} from '../../listeners/signatures/settings.ts'
import { SECRET_NAME } from '../../secrets/secret.ts'
import { Closed, OneOf } from '../schemas.ts'

const SecretName = Type.String({ pattern: SECRET_NAME.source, maxLength: 100 })
const HeaderName = Type.String({ minLength: 1, maxLength: 100 })
/** How the calls of a listener are signed. */
export const Signature = Closed({
  preset: OneOf(SIGNATURE_PRESETS, { description: 'Who signs, and how' }),
  secret: Type.Union(
    [SecretName, Type.Array(SecretName, { minItems: 1, maxItems: SIGNATURE_SECRETS_MAX, uniqueItems: true })],
    { description: 'The name of a secret of the workspace; several while the sender changes from one to another' }
  ),
  toleranceSeconds: Type.Optional(
    Type.Integer({
      minimum: 1,
      maximum: TOLERANCE_SECONDS.max,
      description:
        'How far the time of a signature may be from now, and how long a delivery is remembered if the scheme has a ' +
        `time. Default ${TOLERANCE_SECONDS.default}`
    })
  ),
  custom: Type.Optional(
    Closed(
      {
        header: { ...HeaderName, description: 'The header with the signature' },
        prefix: Type.Optional(
          Type.String({ maxLength: 50, description: 'The text before the signature, such as `sha256=`' })
        ),
        algorithm: OneOf(SIGNATURE_ALGORITHMS, { description: 'The hash of the HMAC' }),
        encoding: OneOf(SIGNATURE_ENCODINGS),
        payload: Type.Optional(
          Type.String({
            minLength: 1,
            maxLength: 500,
            description: 'The signed text, with the placeholders `{body}`, `{timestamp}` and `{id}`. Default `{body}`'
          })
        ),
        timestampHeader: Type.Optional({
          ...HeaderName,
          description: 'The header of `{timestamp}`: seconds or milliseconds since 1970, or RFC 3339'
        }),
        idHeader: Type.Optional({ ...HeaderName, description: 'The header of `{id}`' })
      },
      { description: 'Only for the preset `custom`' }
    )
  )
})
