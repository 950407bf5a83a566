import { createHash } from 'node:crypto'
import { customAlphabet } from 'nanoid'
import { Secret as OtpSecret, TOTP } from 'otpauth'
import type { Audit } from '../audit.ts'
import type { Actor } from '../lib/actor.ts'
import type { Clock } from '../lib/clock.ts'
import { Fault } from '../lib/fault.ts'
import type { Keyring, SealedPlace } from '../lib/keyring.ts'
import { Secret } from '../lib/secret.ts'
import type { Changes } from '../platform/db/changes.ts'
import type { Database } from '../platform/db/client.ts'
import type { TotpThrottle } from './totp-throttle.ts'
import type { ConfirmedOwner } from './check-password.ts'

/** Who signs the entry in an authenticator app. */
const ISSUER = 'Sluice'

export interface TotpDeps {
  database: Database
  changes: Changes
  keyring: Keyring
  clock: Clock
  audit: Audit
  totpThrottle: TotpThrottle
}

/** The only moment at which secret and codes are known. */
export interface TotpEnrolment {
  uri: Secret
  secret: Secret
  recoveryCodes: Secret[]
}

export interface TotpState {
  enabled: boolean
  confirmedAt: string | null
  recoveryCodesLeft: number
}

/** Begins with a second factor: nothing asks for it until a code of it has been confirmed. @throws Fault `conflict` where there is a confirmed one */
export async function enrolTotp(deps: TotpDeps, owner: ConfirmedOwner, actor: Actor): Promise<TotpEnrolment> {
  const secret = newTotpSecret()
  const recoveryCodes = newRecoveryCodes()
  await deps.changes.transaction(async (tx) => {
    await tx.$queryRaw`select 1 from account where id = ${owner.accountId} for update`
    const existing = await tx.accountTotp.findUnique({ where: { accountId: owner.accountId } })
    if (existing?.confirmedAt)
      throw new Fault('conflict', { why: 'totp_enabled', detail: 'There is a second factor already; remove it first.' })
    const row = {
      secret: deps.keyring.seal(secret.reveal(), placeOf(owner.accountId)),
      createdAt: new Date(deps.clock.now()),
      confirmedAt: null,
      lastStep: 0n
    }
    await tx.accountTotp.upsert({
      where: { accountId: owner.accountId },
      create: { accountId: owner.accountId, ...row },
      update: row
    })
    await tx.recoveryCode.deleteMany({ where: { accountId: owner.accountId } })
    await tx.recoveryCode.createMany({
      data: recoveryCodes.map((code) => ({ accountId: owner.accountId, digest: recoveryDigest(code.reveal()) }))
    })
    await deps.audit.record(tx, { action: 'totp.enrolled', actor, target: owner.accountId })
  })
  return { uri: totpUri(secret, ISSUER, owner.email), secret, recoveryCodes }
}

/** From now on signing in takes a code, and Basic with the account's password is refused. @throws Fault `conflict` where none is waiting, `validation_failed` for a wrong code, `rate_limited` */
export async function confirmTotp(deps: TotpDeps, accountId: string, code: string, actor: Actor): Promise<void> {
  await deps.totpThrottle.take(accountId)
  await deps.changes.transaction(async (tx, announce) => {
    await tx.$queryRaw`select 1 from account where id = ${accountId} for update`
    const totp = await tx.accountTotp.findUnique({ where: { accountId } })
    if (!totp || totp.confirmedAt)
      throw new Fault('conflict', { why: 'no_totp_waiting', detail: 'No second factor waits to be confirmed.' })
    const step = stepOfCode(deps.keyring.open(totp.secret, placeOf(accountId)), code, deps.clock.now())
    if (step === undefined)
      throw new Fault('validation_failed', {
        why: 'wrong_code',
        errors: [{ pointer: '/totp', message: 'is not the code of now' }]
      })
    await tx.accountTotp.update({
      where: { accountId },
      data: { confirmedAt: new Date(deps.clock.now()), lastStep: BigInt(step) }
    })
    await deps.audit.record(tx, { action: 'totp.confirmed', actor, target: accountId })
    announce('account', accountId)
  })
  await deps.totpThrottle.succeeded(accountId)
}

/** Takes the second factor away, also one that was never confirmed; where there is none, nothing happens. */
export async function removeTotp(deps: TotpDeps, { accountId }: ConfirmedOwner, actor: Actor): Promise<void> {
  await deps.changes.transaction(async (tx, announce) => {
    const { count } = await tx.accountTotp.deleteMany({ where: { accountId } })
    await tx.recoveryCode.deleteMany({ where: { accountId } })
    if (count > 0) await deps.audit.record(tx, { action: 'totp.removed', actor, target: accountId })
    announce('account', accountId)
  })
}

export async function readTotp({ prisma }: Database, accountId: string): Promise<TotpState> {
  const totp = await prisma.accountTotp.findUnique({ where: { accountId } })
  return {
    enabled: Boolean(totp?.confirmedAt),
    confirmedAt: totp?.confirmedAt?.toISOString() ?? null,
    recoveryCodesLeft: totp?.confirmedAt ? await prisma.recoveryCode.count({ where: { accountId } }) : 0
  }
}

/** Where the secret is sealed. */
export function placeOf(accountId: string): SealedPlace {
  return { table: 'account_totp', row: accountId, column: 'secret' }
}

/** What every authenticator app takes: SHA-1, 6 digits, 30 seconds (RFC 6238, and the otpauth URI that apps read from a QR code). */
const PERIOD_SECONDS = 30
const SECRET_BYTES = 20
/** Steps before and after now whose code is taken: clocks differ, and people type slowly (RFC 6238, section 5.2). */
const WINDOW_STEPS = 1

const CODE = /^\d{6}$/

/** A new secret, base32. */
function newTotpSecret(): Secret {
  return new Secret(new OtpSecret({ size: SECRET_BYTES }).base32)
}

/** `otpauth://totp/…` for a QR code. It holds the secret. */
function totpUri(secret: Secret, issuer: string, label: string): Secret {
  return new Secret(
    new TOTP({ issuer, label, secret: OtpSecret.fromBase32(secret.reveal()), period: PERIOD_SECONDS }).toString()
  )
}

/** The time step whose code this is, among those taken at `now`; undefined = none. */
export function stepOfCode(secret: Secret, code: string, now: number): number | undefined {
  if (!CODE.test(code)) return undefined
  const delta = TOTP.validate({
    token: code,
    secret: OtpSecret.fromBase32(secret.reveal()),
    timestamp: now,
    period: PERIOD_SECONDS,
    window: WINDOW_STEPS
  })
  return delta === null ? undefined : Math.floor(now / 1000 / PERIOD_SECONDS) + delta
}

export const RECOVERY_CODES = 10

/** Without characters that are read as others. 16 of them are 79 bits: too many to be found from a digest. */
const newCode = customAlphabet('abcdefghjkmnpqrstuvwxyz23456789', 16)

/** Codes as they are shown, in groups of four, once. */
function newRecoveryCodes(): Secret[] {
  return Array.from({ length: RECOVERY_CODES }, () => new Secret((newCode().match(/.{4}/g) ?? []).join('-')))
}

/** What is kept of a code. Groups and capitals do not matter. */
export function recoveryDigest(code: string): Uint8Array<ArrayBuffer> {
  return new Uint8Array(createHash('sha256').update(code.toLowerCase().replace(/[\s-]/g, '')).digest())
}
