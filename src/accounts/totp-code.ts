import { Secret as OtpSecret, TOTP } from 'otpauth'
import { Secret } from '../lib/secret.ts'

/** What every authenticator app takes: SHA-1, 6 digits, 30 seconds (RFC 6238, and the otpauth URI that apps read from a QR code). */
const PERIOD_SECONDS = 30
const SECRET_BYTES = 20
/** Steps before and after now whose code is taken: clocks differ, and people type slowly (RFC 6238, section 5.2). */
const WINDOW_STEPS = 1

const CODE = /^\d{6}$/

/** A new secret, base32. */
export function newTotpSecret(): Secret {
  return new Secret(new OtpSecret({ size: SECRET_BYTES }).base32)
}

/** `otpauth://totp/…` for a QR code. It holds the secret. */
export function totpUri(secret: Secret, issuer: string, label: string): Secret {
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
