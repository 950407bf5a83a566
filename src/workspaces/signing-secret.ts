import { randomBytes } from 'node:crypto'
import type { SealedPlace } from '../lib/keyring.ts'

const SECRET_BYTES = 64

/** What a customer's back end signs with: 64 random bytes as hex, used as the text it is. */
export function newSigningSecret(): string {
  return randomBytes(SECRET_BYTES).toString('hex')
}

/** Where the secret that signs now is sealed. */
export function secretPlace(workspaceId: string): SealedPlace {
  return { table: 'workspace', row: workspaceId, column: 'secret' }
}

/** Where a rotated one is, until its overlap ends. */
export function formerSecretPlace(workspaceId: string, version: number): SealedPlace {
  return { table: 'former_secret', row: `${workspaceId}/${version}`, column: 'secret' }
}

/** What a token's `kid` says where it names the secret; most name none. */
export function secretKid(version: number): string {
  return `secret-${version}`
}

/** Whether a `kid` could be a secret's, now or after a rotation: no public key may have it. */
export function isSecretKid(kid: string): boolean {
  return /^secret-\d+$/.test(kid)
}
