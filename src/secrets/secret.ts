import { Fault } from '../lib/fault.ts'
import type { SealedPlace } from '../lib/keyring.ts'

/** What a flow gets: a text, or the members of an authentication such as `{ username, password }`. */
export type SecretValue = string | Record<string, unknown>

/** Of the value as JSON, UTF-8. */
export const SECRET_BYTES_MAX = 64 * 1024
/** Names that are fit for `use.secrets` and for `$secrets.name`, as a JSON Schema pattern too. */
export const SECRET_NAME = /^[A-Za-z_][A-Za-z0-9_-]{0,99}$/

/** Names that mean something else already: to JavaScript, or as `$secrets.customer`, which is what the calling customer brought. */
const RESERVED: ReadonlySet<string> = new Set(['__proto__', 'constructor', 'prototype', 'customer'])

/** All that people see of a secret. */
export interface PublicSecret {
  name: string
  createdAt: string
  updatedAt: string
}

export function publicSecret(row: { name: string; createdAt: Date; updatedAt: Date }): PublicSecret {
  return { name: row.name, createdAt: row.createdAt.toISOString(), updatedAt: row.updatedAt.toISOString() }
}

/** @throws Fault `validation_failed` */
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

export function placeOf(workspaceId: string, name: string): SealedPlace {
  return { table: 'secret', row: `${workspaceId}/${name}`, column: 'value' }
}
