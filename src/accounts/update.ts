import type { Audit } from '../audit.ts'
import type { Changes } from '../platform/db/changes.ts'
import type { Actor } from '../lib/actor.ts'
import { storedHref } from '../lib/stored-url.ts'
import { publicAccount, type PublicAccount } from './account.ts'

/** Omitted fields stay as they are; null clears a field. */
export interface AccountChange {
  name?: string | undefined
  phoneNumber?: string | null | undefined
  pictureUrl?: string | null | undefined
}

/** Changes the profile of the account itself. */
export async function updateAccount(
  deps: { changes: Changes; audit: Audit },
  accountId: string,
  change: AccountChange,
  actor: Actor
): Promise<PublicAccount> {
  return deps.changes.transaction(async (tx, announce) => {
    const { pictureUrl, ...rest } = definedOf(change)
    const account = await tx.account.update({
      where: { id: accountId },
      data: { ...rest, ...(pictureUrl === undefined ? {} : { pictureUrl: storedHref(pictureUrl) }) }
    })
    await deps.audit.record(tx, {
      action: 'account.updated',
      actor,
      target: accountId,
      details: { fields: Object.keys(definedOf(change)) }
    })
    announce('account', accountId)
    return publicAccount(account)
  })
}

function definedOf(change: AccountChange): Partial<AccountChange> {
  return Object.fromEntries(Object.entries(change).filter(([, value]) => value !== undefined))
}
