import type { Actor } from '../lib/actor.ts'
import { Fault } from '../lib/fault.ts'
import type { Prisma } from '../platform/db/client.ts'
import { placeOf, recoveryDigest, stepOfCode, type TotpDeps } from './totp.ts'

/**
 * The second factor of a sign-in, after a right password: a code of the app, or a recovery code. Each is taken once.
 * @throws Fault `invalid_token` (with `totp: "required"` where none was sent), `rate_limited`
 */
export async function checkSecondFactor(
  deps: TotpDeps,
  accountId: string,
  code: string | undefined,
  actor: Actor
): Promise<void> {
  const { prisma } = deps.database
  const totp = await prisma.accountTotp.findUnique({ where: { accountId } })
  if (!totp?.confirmedAt) return
  if (code === undefined)
    throw new Fault('invalid_token', {
      why: 'second_factor_missing',
      detail: 'The code of the second factor is needed.',
      extensions: { totp: 'required' }
    })
  await deps.totpThrottle.take(accountId)
  const step = stepOfCode(deps.keyring.open(totp.secret, placeOf(accountId)), code, deps.clock.now())
  if (
    !(step === undefined
      ? await spendRecoveryCode(deps, accountId, code, actor)
      : await spendStep(prisma, accountId, step))
  ) {
    await deps.audit.record(prisma, { action: 'totp.refused', actor, target: accountId })
    throw new Fault('invalid_token', {
      why: 'wrong_or_used_code',
      detail: 'The code is wrong, or was used already.',
      extensions: { totp: 'refused' }
    })
  }
  await deps.totpThrottle.succeeded(accountId)
}

/** The guard is in the statement: of two sign-ins with one code, one gets the row. */
async function spendStep(
  tx: Pick<Prisma.TransactionClient, 'accountTotp'>,
  accountId: string,
  step: number
): Promise<boolean> {
  const { count } = await tx.accountTotp.updateMany({
    where: { accountId, confirmedAt: { not: null }, lastStep: { lt: BigInt(step) } },
    data: { lastStep: BigInt(step) }
  })
  return count === 1
}

async function spendRecoveryCode(deps: TotpDeps, accountId: string, code: string, actor: Actor): Promise<boolean> {
  return deps.database.prisma.$transaction(async (tx) => {
    const { count } = await tx.recoveryCode.deleteMany({ where: { accountId, digest: recoveryDigest(code) } })
    if (count === 0) return false
    await deps.audit.record(tx, {
      action: 'recovery_code.used',
      actor: { ...actor, kind: 'account', id: accountId },
      target: accountId,
      details: { left: await tx.recoveryCode.count({ where: { accountId } }) }
    })
    return true
  })
}
