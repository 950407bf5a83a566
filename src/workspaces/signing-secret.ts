import { randomBytes } from 'node:crypto'
import type { SealedPlace } from '../lib/keyring.ts'

const SECRET_BYTES = 64

/** The secret that a customer's back end signs with: 64 random bytes as hex. The key is the hex text itself. */
export function newSigningSecret(): string {
  return randomBytes(SECRET_BYTES).toString('hex')
}

/** The column that holds the current sealed secret. */
export function secretPlace(workspaceId: string): SealedPlace {
  return { table: 'workspace', row: workspaceId, column: 'secret' }
}

/** The column that holds a former sealed secret until its overlap ends. */
export function formerSecretPlace(workspaceId: string, version: number): SealedPlace {
  return { table: 'former_secret', row: `${workspaceId}/${version}`, column: 'secret' }
}

/** The `kid` of a token that names the secret. Most tokens have no `kid`. */
export function secretKid(version: number): string {
  return `secret-${version}`
}

/** Whether a `kid` is reserved for a secret, present or future. No public key can have it. */
export function isSecretKid(kid: string): boolean {
  return /^secret-\d+$/.test(kid)
}
