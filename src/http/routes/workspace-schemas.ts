import { Type } from 'typebox'
import { ALGORITHM_NAMES } from '../../platform/jws/algorithms.ts'
import { JWKS_URI_MAX_CHARS } from '../../workspaces/key-sets.ts'
import { SLUG_PATTERN } from '../../workspaces/slug.ts'
import { Nullable, OneOf, Time } from '../schemas.ts'

export const Role = OneOf(['owner', 'editor', 'viewer'], {
  description:
    'viewer: reads. editor: also changes flows, listeners and secrets. owner: also manages members and the workspace'
})

/** The highest limit for the lifetime of customers' tokens: a year. */
const TOKEN_SECONDS_MAX = 365 * 24 * 60 * 60

/** The longest retention of ended runs: ten years. Their data stays in the database for that time. */
const RETENTION_DAYS_MAX = 3_650

export const RetentionDays = Type.Integer({
  minimum: 1,
  maximum: RETENTION_DAYS_MAX,
  description: 'How long runs are kept after they end, and events after they are emitted'
})
export const Slug = Nullable(
  Type.String({
    pattern: SLUG_PATTERN,
    maxLength: 40,
    description: 'A name for the URLs of its listeners, unique over all workspaces; null = none'
  })
)
export const authFields = {
  jwksUri: Nullable(
    Type.String({
      minLength: 1,
      maxLength: JWKS_URI_MAX_CHARS,
      description: "The URL of the customers' key set (RFC 7517)"
    })
  ),
  secretKeyAuth: Type.Boolean({ description: 'Whether tokens signed with the workspace secret are accepted' }),
  algorithms: Nullable(
    Type.Array(OneOf(ALGORITHM_NAMES), {
      minItems: 1,
      maxItems: ALGORITHM_NAMES.length,
      uniqueItems: true,
      description: 'null = every algorithm that a key supports'
    })
  ),
  maxTokenSeconds: Nullable(
    Type.Integer({
      minimum: 1,
      maximum: TOKEN_SECONDS_MAX,
      description: 'The longest lifetime of a token; null = limited only by its `exp`'
    })
  )
}

export const workspaceFields = {
  id: Type.String(),
  name: Type.String(),
  slug: Slug,
  key: Type.String({ description: "Identifies the workspace in tokens that its customers' back end signs" }),
  role: Role,
  ...authFields,
  runRetentionDays: RetentionDays,
  origins: Type.Array(Type.String()),
  alertEmails: Type.Array(Type.String(), { description: 'Addresses that get a mail when something fails in it' }),
  suspended: Type.Boolean({
    description: 'Whether an admin suspended it: members can read it, and nothing in it runs'
  }),
  createdAt: Time
}
export const WorkspaceSchema = Type.Object(workspaceFields, { $id: 'Workspace' })
export const NewWorkspaceSchema = Type.Object(
  { ...workspaceFields, secret: Type.String({ description: '64 bytes, hex. Shown in this answer and never again' }) },
  { $id: 'NewWorkspace' }
)
