import { Fault } from '../lib/fault.ts'
import type { SealedPlace } from '../lib/keyring.ts'

/** The value that a flow reads: a string, or the fields of an authentication such as `{ username, password }`. */
export type SecretValue = string | Record<string, unknown>

/** Bytes of the value as JSON in UTF-8. */
export const SECRET_BYTES_MAX = 64 * 1024
/** Names that work in `use.secrets` and as `$secrets.name`. Also used as a JSON Schema pattern. */
export const SECRET_NAME = /^[A-Za-z_][A-Za-z0-9_-]{0,99}$/

/** Names with another meaning: in JavaScript, or as `$secrets.customer`, the credentials of the calling customer. */
const RESERVED: ReadonlySet<string> = new Set(['__proto__', 'constructor', 'prototype', 'customer'])

/** What the API shows of a secret. */
export interface PublicSecret {
  name: string
  createdAt: string
  updatedAt: string
}

/** A secret as the API shows it: never its value. */
export function publicSecret(row: { name: string; createdAt: Date; updatedAt: Date }): PublicSecret {
  return { name: row.name, createdAt: row.createdAt.toISOString(), updatedAt: row.updatedAt.toISOString() }
}

/** Validates the name and the value of a secret. @throws Fault `validation_failed` */
export function checkSecret(name: string, value: SecretValue): void {
  if (RESERVED.has(name))
    throw new Fault('validation_failed', { errors: [{ pointer: '/name', message: 'is reserved' }] })
  const empty = typeof value === 'string' ? value === '' : Object.keys(value).length === 0
  if (empty) throw new Fault('validation_failed', { errors: [{ pointer: '/value', message: 'must not be empty' }] })
  if (Buffer.byteLength(JSON.stringify(value)) > SECRET_BYTES_MAX) {
    throw new Fault('validation_failed', {
      errors: [{ pointer: '/value', message: `must not be larger than ${SECRET_BYTES_MAX} bytes as JSON` }]
    })
  }
}

/** The place that the value of a secret is sealed for. It cannot be opened under another name or workspace. */
export function placeOf(workspaceId: string, name: string): SealedPlace {
  return { table: 'secret', row: `${workspaceId}/${name}`, column: 'value' }
}
