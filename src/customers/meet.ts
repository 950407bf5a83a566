import type { Changes } from '../db/changes.ts'
import { Prisma } from '../db/client.ts'
import type { Clock } from '../lib/clock.ts'
import { newId } from '../lib/ids.ts'
import type { CustomerFields } from './customer.ts'
import { announceCustomer, type CustomerRecord } from './lookup.ts'
import { followSql, type Sighting } from './sighting.ts'

const FOREIGN_KEY_VIOLATION = '23503'

interface Row {
  id: string
  name: string | null
  fields: CustomerFields | null
}

/** Makes a customer when its id is first seen. Where another call was faster, follows the newer of the two tokens. Undefined where the workspace has gone. */
export async function meetCustomer(deps: { changes: Changes, clock: Clock }, sighting: Sighting): Promise<CustomerRecord | undefined> {
  const { workspaceId, externalId, name, fields, issuedAt, expiresAt } = sighting
  const now = new Date(deps.clock.now())
  try {
    return await deps.changes.transaction(async (tx, announce) => {
      const [row] = await tx.$queryRaw<Row[]>`
        insert into customer as c (id, workspace_id, external_id, name, fields, token_issued_at, token_expires_at, created_at, last_active_at)
        values (${newId('cus')}, ${workspaceId}, ${externalId}, ${name ?? null}, ${fields === undefined ? null : JSON.stringify(fields)}::json,
                ${issuedAt === undefined ? null : new Date(issuedAt)}, ${new Date(expiresAt)}, ${now}, ${now})
        on conflict (workspace_id, external_id) do update set ${Prisma.raw(followSql('excluded', 'c'))}
        returning id, name, fields`
      if (!row) throw new Error('an upsert gave no row')
      const record = { id: row.id, workspaceId, externalId, name: row.name, fields: row.fields ?? {} }
      announceCustomer(announce, record)
      return record
    })
  } catch (error) {
    if (isForeignKeyViolation(error)) return undefined
    throw error
  }
}

/** Prisma says P2010 for a raw statement, with the database's own code in `meta`. */
function isForeignKeyViolation(error: unknown): boolean {
  return error instanceof Prisma.PrismaClientKnownRequestError && JSON.stringify([error.code, error.meta]).includes(FOREIGN_KEY_VIOLATION)
}
