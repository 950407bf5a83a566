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
import type { ConfirmedOwner } from './confirmation.ts'
import { endSessions, type SessionOwner } from './end-sessions.ts'

/** The issuer that an authenticator app shows. */
const ISSUER = 'Sluice'

export interface TotpDeps {
  database: Database
  changes: Changes
  keyring: Keyring
  clock: Clock
  audit: Audit
  totpThrottle: TotpThrottle
}

/** The secret and the recovery codes. They are returned here once and cannot be read later. */
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

/**
 * Enrols a second factor. Sign-in does not ask for it until {@link confirmTotp} has confirmed it.
 *
 * The second factor of an account has three states, kept in its `account_totp` row: absent (no row), pending
 * (`confirmed_at` is null) and confirmed. `enrolTotp` upserts the row and moves absent or pending to pending;
 * `confirmTotp` sets `confirmed_at`; `removeTotp` deletes the row from either state.
 * @throws Fault `conflict` if the account has a confirmed second factor
 */
export async function enrolTotp(deps: TotpDeps, owner: ConfirmedOwner, actor: Actor): Promise<TotpEnrolment> {
  const secret = newTotpSecret()
  const recoveryCodes = newRecoveryCodes()
  await deps.changes.transaction(async (tx) => {
    await tx.$queryRaw`select 1 from account where id = ${owner.accountId} for update`
    const existing = await tx.accountTotp.findUnique({ where: { accountId: owner.accountId } })
    if (existing?.confirmedAt)
      throw new Fault('conflict', {
        why: 'totp_enabled',
        detail: 'The account already has a second factor. Remove it first.'
      })
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

/**
 * Confirms a pending second factor. From then on sign-in requires a code, and Basic authentication with the account's
 * password is rejected. The account's other sessions end, because they began without a second factor.
 * @throws Fault `conflict` if no second factor is pending, `validation_failed` for a wrong code, `rate_limited`
 */
export async function confirmTotp(
  deps: TotpDeps,
  { accountId, sessionId }: SessionOwner,
  code: string,
  actor: Actor
): Promise<void> {
  await deps.totpThrottle.take(accountId)
  await deps.changes.transaction(async (tx, announce) => {
    await tx.$queryRaw`select 1 from account where id = ${accountId} for update`
    const totp = await tx.accountTotp.findUnique({ where: { accountId } })
    if (!totp || totp.confirmedAt)
      throw new Fault('conflict', { why: 'no_totp_waiting', detail: 'The account has no second factor to confirm.' })
    const step = stepOfCode(deps.keyring.open(totp.secret, placeOf(accountId)), code, deps.clock.now())
    if (step === undefined)
      throw new Fault('validation_failed', {
        why: 'wrong_code',
        errors: [{ pointer: '/totp', message: 'is not the current code' }]
      })
    await tx.accountTotp.update({
      where: { accountId },
      data: { confirmedAt: new Date(deps.clock.now()), lastStep: BigInt(step) }
    })
    await deps.audit.record(tx, { action: 'totp.confirmed', actor, target: accountId })
    await endSessions(tx, deps, accountId, { except: sessionId, reason: 'second factor turned on', actor })
    announce('account', accountId)
  })
  await deps.totpThrottle.succeeded(accountId)
}

/**
 * Removes the second factor, pending or confirmed, and ends the account's other sessions. Does nothing if there is
 * none. The caller must have checked a code of a confirmed one.
 */
export async function removeTotp(
  deps: TotpDeps,
  { accountId }: ConfirmedOwner,
  sessionId: string | undefined,
  actor: Actor
): Promise<void> {
  await deps.changes.transaction(async (tx, announce) => {
    const { count } = await tx.accountTotp.deleteMany({ where: { accountId } })
    await tx.recoveryCode.deleteMany({ where: { accountId } })
    if (count === 0) return
    await deps.audit.record(tx, { action: 'totp.removed', actor, target: accountId })
    await endSessions(tx, deps, accountId, { except: sessionId, reason: 'second factor turned off', actor })
    announce('account', accountId)
  })
}

/** A second factor that is set up but not confirmed counts as off. */
export async function readTotp({ prisma }: Database, accountId: string): Promise<TotpState> {
  const totp = await prisma.accountTotp.findUnique({ where: { accountId } })
  return {
    enabled: Boolean(totp?.confirmedAt),
    confirmedAt: totp?.confirmedAt?.toISOString() ?? null,
    recoveryCodesLeft: totp?.confirmedAt ? await prisma.recoveryCode.count({ where: { accountId } }) : 0
  }
}

/** The column that holds the sealed secret. */
export function placeOf(accountId: string): SealedPlace {
  return { table: 'account_totp', row: accountId, column: 'secret' }
}

/**
 * The parameters that every authenticator app supports: SHA-1, 6 digits, 30 seconds (RFC 6238, and the `otpauth:` URI
 * that apps read from a QR code).
 */
const PERIOD_SECONDS = 30
const SECRET_BYTES = 20
/** How many steps before and after the current one are accepted: clocks differ, people type slowly (RFC 6238, 5.2). */
const WINDOW_STEPS = 1

const CODE = /^\d{6}$/

/** A new secret, base32. */
function newTotpSecret(): Secret {
  return new Secret(new OtpSecret({ size: SECRET_BYTES }).base32)
}

/** The `otpauth://totp/…` URI for a QR code. It contains the secret. */
function totpUri(secret: Secret, issuer: string, label: string): Secret {
  return new Secret(
    new TOTP({ issuer, label, secret: OtpSecret.fromBase32(secret.reveal()), period: PERIOD_SECONDS }).toString()
  )
}

/** Returns the accepted time step (at `now`, in milliseconds) whose code this is; undefined if there is none. */
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

/** An alphabet without ambiguous characters. 16 of them have 79 bits, too many to find a code from its digest. */
const newCode = customAlphabet('abcdefghjkmnpqrstuvwxyz23456789', 16)

/** The codes as the user sees them once, in groups of four. */
function newRecoveryCodes(): Secret[] {
  return Array.from({ length: RECOVERY_CODES }, () => new Secret((newCode().match(/.{4}/g) ?? []).join('-')))
}

/** The SHA-256 that is stored of a code. Groups and letter case do not matter. */
export function recoveryDigest(code: string): Uint8Array<ArrayBuffer> {
  return new Uint8Array(createHash('sha256').update(code.toLowerCase().replace(/[\s-]/g, '')).digest())
}
