import type { AccountRecord } from '../accounts/account-cache.ts'
import type { CustomerRecord } from '../customers/customer-cache.ts'
import type { Database } from '../platform/db/client.ts'

/** The user of an integration token: a member of the action's workspace, or one of its customers. */
export type ActionUser = { kind: 'account'; account: AccountRecord } | { kind: 'customer'; customer: CustomerRecord }

/** Everything that a third-party service can read about a user. */
export interface UserProfile {
  id: string
  name: string | null
  phoneNumber: string | null
  pictureUrl: string | null
}

/** The id of the user's record, which is the token's `sub`. */
export function subjectOf(user: ActionUser): string {
  return user.kind === 'account' ? user.account.id : user.customer.id
}

/** Unknown values are null. A customer's phone number and picture come from its fields of these names. */
export async function profileOf(deps: { database: Database }, user: ActionUser): Promise<UserProfile> {
  if (user.kind === 'customer') {
    const { externalId, name, fields } = user.customer
    return { id: externalId, name, phoneNumber: textOf(fields.phoneNumber), pictureUrl: textOf(fields.pictureUrl) }
  }
  const { id, name, phoneNumber, pictureUrl } = await deps.database.prisma.account.findUniqueOrThrow({
    where: { id: user.account.id }
  })
  return { id, name, phoneNumber, pictureUrl }
}

function textOf(value: unknown): string | null {
  return typeof value === 'string' && value !== '' ? value : null
}
