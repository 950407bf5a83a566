import type { AccountRecord } from '../accounts/account-cache.ts'
import type { CustomerRecord } from '../customers/customer-cache.ts'
import type { Database } from '../platform/db/client.ts'

/** Whom an integration token stands for: a member of the action's workspace, or one of its customers. */
export type ActionUser = { kind: 'account'; account: AccountRecord } | { kind: 'customer'; customer: CustomerRecord }

/** All that a third-party service is told of a user. */
export interface UserProfile {
  id: string
  name: string | null
  phoneNumber: string | null
  pictureUrl: string | null
}

/** The id of the user's record here: what a token's `sub` says. */
export function subjectOf(user: ActionUser): string {
  return user.kind === 'account' ? user.account.id : user.customer.id
}

/** What is not known is null. A customer's phone number and picture are those that its fields name so. */
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
