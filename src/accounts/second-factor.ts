import type { Actor } from '../lib/actor.ts'
import { Fault } from '../lib/fault.ts'
import type { Prisma } from '../platform/db/client.ts'
import { placeOf, recoveryDigest, stepOfCode, type TotpDeps } from './totp.ts'

/**
 * Checks the second factor of a sign-in, after a correct password: a code from the authenticator app, or a recovery
 * code. Each code works once. Does nothing if the account has no confirmed second factor.
 * @throws Fault `invalid_token` with `totp: "required"` if no code was sent, with `totp: "refused"` if the code is
 *   wrong or used; `rate_limited`
 */
export async function checkSecondFactor(
  deps: TotpDeps,
  accountId: string,
  code: string | undefined,
  actor: Actor
): Promise<void> {
  const outcome = await tryCode(deps, accountId, code, actor)
  if (outcome === 'missing')
    throw new Fault('invalid_token', {
      why: 'second_factor_missing',
      detail: 'This account needs the code of its second factor.',
      extensions: { totp: 'required' }
    })
  if (outcome === 'refused')
    throw new Fault('invalid_token', {
      why: 'wrong_or_used_code',
      detail: 'The code is wrong or has already been used.',
      extensions: { totp: 'refused' }
    })
}

/**
 * Like {@link checkSecondFactor}, for a caller who is signed in already.
 * @throws Fault `validation_failed` at `/totp`, with the same `totp` member; `rate_limited`
 */
export async function confirmSecondFactor(
  deps: TotpDeps,
  accountId: string,
  code: string | undefined,
  actor: Actor
): Promise<void> {
  const outcome = await tryCode(deps, accountId, code, actor)
  if (outcome === 'passed') return
  throw new Fault('validation_failed', {
    why: outcome === 'missing' ? 'second_factor_missing' : 'wrong_or_used_code',
    errors: [{ pointer: '/totp', message: outcome === 'missing' ? 'is missing' : 'is wrong or has been used' }],
    extensions: { totp: outcome === 'missing' ? 'required' : 'refused' }
  })
}

/** Passes without a code if the account has no confirmed second factor. @throws Fault `rate_limited` */
async function tryCode(
  deps: TotpDeps,
  accountId: string,
  code: string | undefined,
  actor: Actor
): Promise<'passed' | 'missing' | 'refused'> {
  const { prisma } = deps.database
  const totp = await prisma.accountTotp.findUnique({ where: { accountId } })
  if (!totp?.confirmedAt) return 'passed'
  if (code === undefined) return 'missing'
  await deps.totpThrottle.take(accountId)
  const step = stepOfCode(deps.keyring.open(totp.secret, placeOf(accountId)), code, deps.clock.now())
  const accepted =
    step === undefined
      ? await consumeRecoveryCode(deps, accountId, code, actor)
      : await consumeStep(prisma, accountId, step)
  if (!accepted) {
    await deps.audit.record(prisma, { action: 'totp.refused', actor, target: accountId })
    return 'refused'
  }
  await deps.totpThrottle.succeeded(accountId)
  return 'passed'
}

/** The guard is in the statement: if two sign-ins use the same code, only one updates the row. */
async function consumeStep(
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

async function consumeRecoveryCode(deps: TotpDeps, accountId: string, code: string, actor: Actor): Promise<boolean> {
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
