import type { Changes } from '../platform/db/changes.ts'
import type { Secret } from '../lib/secret.ts'
import type { Argon } from './password-hasher.ts'

/**
 * Hashes the right password of an account again if its hash is outdated. The statement is the guard: a password that
 * was changed meanwhile stays.
 * @returns the current hash of the account; undefined if it belongs to another password by now
 */
export async function refreshHash(
  { changes }: { changes: Changes },
  { hash, verify, isOutdated }: Argon,
  account: { id: string; passwordHash: string },
  password: Secret
): Promise<string | undefined> {
  if (!(await isOutdated(account.passwordHash, password))) return account.passwordHash
  const passwordHash = await hash(password)
  const current = await changes.transaction(async (tx, announce) => {
    const { count } = await tx.account.updateMany({
      where: { id: account.id, passwordHash: account.passwordHash },
      data: { passwordHash }
    })
    if (count > 0) {
      announce('account', account.id)
      return passwordHash
    }
    return (await tx.account.findUnique({ where: { id: account.id }, select: { passwordHash: true } }))?.passwordHash
  })
  if (current === undefined || current === passwordHash) return current
  return (await verify(current, password)) ? current : undefined
}
