import { Type } from 'typebox'
import { PERMISSIONS } from '../../tokens/permissions.ts'
import {
  Cidrs,
  Closed,
  ConfirmingPassword,
  Name,
  Nullable,
  NullableTime,
  OneOf,
  PageQuery,
  RateLimitSchema,
  SentId,
  Time
} from '../schemas.ts'

/** The longest lifetime that a request can set: 100 years. */
export const DAYS_MAX = 36_500
const SCOPE_IDS_MAX = 100
const STATES = ['live', 'expired', 'revoked'] as const

const DailyQuota = Type.Integer({
  minimum: 1,
  maximum: 1_000_000_000,
  description: 'Calls for each UTC day; null = no quota'
})
const Ids = Type.Array(SentId, { minItems: 1, maxItems: SCOPE_IDS_MAX })
const Scope = Closed(
  { workspaces: Type.Optional(Ids), listeners: Type.Optional(Ids) },
  { description: 'All listeners of these workspaces, and these listeners. null = every listener the account may call' }
)

const METADATA = { entries: 20, keyChars: 64, valueChars: 500 }
const settings = {
  enabled: Type.Optional(Type.Boolean({ description: 'false = refused until it is switched on again' })),
  description: Type.Optional(
    Nullable(Type.String({ maxLength: 500, pattern: '^[^\\u0000]*$', description: 'For people' }))
  ),
  metadata: Type.Optional(
    Type.Record(Type.String(), Type.String({ maxLength: METADATA.valueChars, pattern: '^[^\\u0000]*$' }), {
      maxProperties: METADATA.entries,
      propertyNames: { minLength: 1, maxLength: METADATA.keyChars, pattern: '^[^\\u0000]*$' },
      description: 'Your own texts, such as the user of the token'
    })
  )
}

const tokenFields = {
  id: Type.String(),
  name: Type.String(),
  format: OneOf(['opaque', 'jwt']),
  start: Type.String({ description: 'The first 12 characters of the token, or of the jti of a JWT' }),
  scope: Nullable(
    Type.Object({
      workspaces: Type.Optional(Type.Array(Type.String())),
      listeners: Type.Optional(Type.Array(Type.String()))
    })
  ),
  allowedIps: Type.Array(Type.String()),
  rateLimit: Nullable(Type.Object({ limit: Type.Integer(), windowSeconds: Type.Integer() })),
  dailyQuota: Nullable(Type.Integer({ description: 'Calls for each UTC day' })),
  enabled: Type.Boolean({ description: 'false = refused until it is switched on again' }),
  description: Nullable(Type.String()),
  metadata: Type.Record(Type.String(), Type.String()),
  permissions: Nullable(Type.Array(Type.String(), { description: 'Of a management token; null for an API token' })),
  createdAt: Time,
  expiresAt: NullableTime,
  lastUsedAt: NullableTime,
  revokedAt: NullableTime,
  revokeReason: Nullable(Type.String()),
  replaces: Nullable(Type.String({ description: 'The token that this one replaced' })),
  replacedBy: Nullable(
    Type.String({
      description: 'The token that replaces this one, which works until `expiresAt`, the end of the overlap'
    })
  )
}
export const TokenSchema = Type.Object(tokenFields, { $id: 'Token' })
export const IssuedTokenSchema = Type.Object(
  { ...tokenFields, token: Type.String({ description: 'Shown in this answer and never again' }) },
  { $id: 'IssuedToken' }
)

export const NewToken = Closed(
  {
    name: Name,
    days: Type.Integer({ minimum: 0, maximum: DAYS_MAX, description: 'Days until it expires; 0 = never' }),
    password: ConfirmingPassword,
    format: OneOf(['opaque', 'jwt'], { default: 'opaque' }),
    scope: Type.Optional(Nullable(Scope)),
    allowedIps: Type.Optional(Nullable(Cidrs)),
    rateLimit: Type.Optional(Nullable(RateLimitSchema)),
    dailyQuota: Type.Optional(Nullable(DailyQuota)),
    ...settings,
    permissions: Type.Optional(
      Type.Array(OneOf([...PERMISSIONS]), {
        minItems: 1,
        uniqueItems: true,
        description: 'Makes a management token (slm_…), which calls no listeners and makes the calls of its permissions'
      })
    )
  },
  { examples: [{ name: 'warehouse', days: 30, password: 'a long pass phrase' }] }
)

export const TokenChange = Closed({
  name: Type.Optional(Name),
  scope: Type.Optional(Nullable(Scope)),
  allowedIps: Type.Optional(Nullable(Cidrs)),
  rateLimit: Type.Optional(Nullable(RateLimitSchema)),
  dailyQuota: Type.Optional(Nullable(DailyQuota)),
  expiresAt: Type.Optional(
    Nullable({
      ...Time,
      description:
        'null = never, a time in the past = now. A later expiry needs the password; that of a JWT can only become ' +
        'earlier'
    })
  ),
  ...settings,
  password: ConfirmingPassword
})

export const TokenQuery = Closed({
  ...PageQuery,
  state: Type.Optional(
    Type.String({
      pattern: `^(${STATES.join('|')})(,(${STATES.join('|')}))*$`,
      description: 'live, expired, revoked; separate several with commas'
    })
  ),
  q: Type.Optional(
    Type.String({
      minLength: 1,
      maxLength: 100,
      pattern: '^[^\\u0000]*$',
      description: 'Part of the name, or the start of the token'
    })
  ),
  expiring: Type.Optional(
    Type.Integer({
      minimum: 1,
      maximum: DAYS_MAX,
      description: 'Only live tokens that expire within this number of days'
    })
  )
})
