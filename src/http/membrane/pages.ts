import { Type } from 'typebox'

const LIMIT_DEFAULT = 100
const LIMIT_MAX = 1_000

export const PageQuery = {
  limit: Type.Integer({ minimum: 1, maximum: LIMIT_MAX, default: LIMIT_DEFAULT }),
  cursor: Type.Optional(Type.String({ maxLength: 200 }))
}
/** The queries of the SDKs have more filters than there are here: the others are ignored. */
export const ListQuery = Type.Object(
  {
    ...PageQuery,
    search: Type.Optional(Type.String({ maxLength: 100, pattern: '^[^\\u0000]*$' })),
    includeArchived: Type.Optional(Type.Boolean())
  },
  { additionalProperties: true }
)

/** The SDKs ask for the first page with the cursor `0`. */
export function cursorOf(sent: string | undefined): string | undefined {
  return sent === '0' || sent === '' ? undefined : sent
}
