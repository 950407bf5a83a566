import { Type } from 'typebox'
import { Nullable, OneOf, Time } from '../schemas.ts'
import { EXAMPLE_DOCUMENT, NOTE_MAX } from './flow-documents.ts'

const AuthorSchema = Type.Object({
  id: Type.String(),
  name: Nullable(Type.String({ description: 'null for a deleted account' }))
})
const summaryFields = {
  id: Type.String(),
  workspaceId: Type.String(),
  namespace: Nullable(Type.String()),
  name: Type.String(),
  version: Type.Integer({ description: 'The version in this answer' }),
  latestVersion: Type.Integer(),
  publishedVersion: Type.Integer({ description: 'The version that listeners run' }),
  publishedBy: Nullable(AuthorSchema),
  createdAt: Time,
  updatedAt: Time
}
export const FlowSummarySchema = Type.Object(summaryFields, { $id: 'FlowSummary' })
export const FlowSchema = Type.Object(
  {
    ...summaryFields,
    document: Type.Unknown({ examples: [EXAMPLE_DOCUMENT] }),
    source: Type.Object(
      { type: OneOf(['application/json', 'application/yaml']), text: Type.String() },
      { description: 'The text of the version as it was sent, comments included' }
    )
  },
  { $id: 'Flow' }
)
export const VersionSchema = Type.Object(
  {
    version: Type.Integer(),
    name: Type.String(),
    published: Type.Boolean(),
    createdBy: AuthorSchema,
    note: Nullable(Type.String({ description: 'A note of its author' })),
    createdAt: Time
  },
  { $id: 'FlowVersion' }
)

export const Note = Type.String({
  maxLength: NOTE_MAX,
  pattern: '^[^\\u0000]*$',
  description: 'What changed, for people'
})
