import { validateHeaderName } from 'node:http'
import { Fault, type FieldFault } from '../../lib/fault.ts'
import { HOP_BY_HOP_FIELDS } from '../../lib/http-fields.ts'
import type { Keyring } from '../../lib/keyring.ts'
import type { Prisma } from '../../platform/db/client.ts'
import { placeOf } from '../../secrets/secret.ts'
import { schemeOf } from './presets.ts'
import { type CustomSignature, type ListenerSignature, secretNamesOf } from './settings.ts'
import { PAYLOAD_DEFAULT, placeholdersOf } from './template.ts'

/** Headers that already have a meaning for the gateway. */
const TAKEN_HEADERS: ReadonlySet<string> = new Set([
  ...HOP_BY_HOP_FIELDS,
  'host',
  'content-length',
  'content-encoding',
  'cookie',
  'access_token',
  'jwt_token',
  'accesstoken'
])
/** Schemes of `Authorization` that carry other credentials. */
const TAKEN_SCHEMES = /^\s*(?:bearer|basic|access_token)(?:\s|$)/i
/** The placeholders of a payload, each with the setting that names its header. */
const PLACEHOLDERS = { timestamp: 'timestampHeader', id: 'idHeader' } as const

/**
 * Checks the signature settings of a listener, and that their secrets exist.
 * @throws Fault `validation_failed` that points at each fault
 */
export async function checkSignature(
  tx: Prisma.TransactionClient,
  { keyring }: { keyring: Keyring },
  workspaceId: string,
  signature: ListenerSignature
): Promise<void> {
  const { preset, custom } = signature
  const errors: FieldFault[] = []
  if (preset === 'custom' && !custom)
    errors.push({ pointer: '/signature/custom', message: 'is missing: the preset "custom" needs it' })
  else if (preset !== 'custom' && custom)
    errors.push({ pointer: '/signature/custom', message: 'is only for the preset "custom"' })
  else if (custom) errors.push(...faultsOfCustom(custom))
  if (errors.length === 0) errors.push(...(await faultsOfSecrets(tx, keyring, workspaceId, signature)))
  if (errors.length > 0) throw new Fault('validation_failed', { errors })
}

function faultsOfCustom(custom: CustomSignature): FieldFault[] {
  const { prefix, payload = PAYLOAD_DEFAULT } = custom
  const errors: FieldFault[] = []
  const add = (field: keyof CustomSignature, message: string): void => {
    errors.push({ pointer: `/signature/custom/${field}`, message })
  }
  for (const field of ['header', 'timestampHeader', 'idHeader'] as const) {
    const name = custom[field]
    if (name === undefined) continue
    if (!isHeaderName(name)) add(field, 'is not the name of a header')
    else if (TAKEN_HEADERS.has(name.toLowerCase())) add(field, 'is a header that has another meaning')
  }
  if (custom.header.toLowerCase() === 'authorization' && (prefix === undefined || TAKEN_SCHEMES.test(prefix)))
    add('prefix', 'must be a scheme of its own, such as "HMAC ", if the header is Authorization')
  const named = new Set(placeholdersOf(payload))
  if (!named.has('body')) add('payload', 'must have {body}: a signature that does not cover the body protects nothing')
  for (const name of named)
    if (name !== 'body' && !(name in PLACEHOLDERS)) add('payload', `has {${name}}; only {body}, {timestamp} and {id}`)
  for (const [name, field] of Object.entries(PLACEHOLDERS)) {
    if (named.has(name) && custom[field] === undefined) add(field, `is missing: the payload has {${name}}`)
    if (!named.has(name) && custom[field] !== undefined)
      add(field, `is not signed: the payload must have {${name}}, or anybody could change it`)
  }
  return errors
}

function isHeaderName(name: string): boolean {
  try {
    validateHeaderName(name)
    return true
  } catch {
    return false
  }
}

async function faultsOfSecrets(
  tx: Prisma.TransactionClient,
  keyring: Keyring,
  workspaceId: string,
  signature: ListenerSignature
): Promise<FieldFault[]> {
  const names = secretNamesOf(signature)
  const rows = await tx.workspaceSecret.findMany({
    where: { workspaceId, name: { in: [...names] } },
    select: { name: true, value: true }
  })
  return names.flatMap((name, index) => {
    const pointer = typeof signature.secret === 'string' ? '/signature/secret' : `/signature/secret/${index}`
    const row = rows.find((found) => found.name === name)
    if (!row) return [{ pointer, message: 'is not a secret of this workspace' }]
    const value: unknown = JSON.parse(keyring.open(row.value, placeOf(workspaceId, name)).reveal())
    if (typeof value !== 'string') return [{ pointer, message: 'must be a secret whose value is a text' }]
    if (!schemeOf(signature).keyOf(value))
      return [{ pointer, message: `has a value that is not a secret of ${signature.preset}` }]
    return []
  })
}
