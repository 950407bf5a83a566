import { LRUCache } from 'lru-cache'
import pLimit, { type LimitFunction } from 'p-limit'
import type { Changes } from '../platform/db/changes.ts'
import { Prisma } from '../platform/db/client.ts'
import type { Clock } from '../lib/clock.ts'
import { Fault } from '../lib/fault.ts'
import { newId } from '../lib/ids.ts'
import { queueFullHeaders } from '../platform/rate-limits/headers.ts'
import { quotaExceeded, WORKSPACE_LIMITS } from '../workspaces/quotas.ts'
import type { CustomerFields } from './customer.ts'
import { announceCustomer, type CustomerRecord } from './customer-cache.ts'
import { updateSql, type CustomerClaimsUpdate } from './token-claims.ts'

/** Of one workspace in one process. Each holds a connection, of which a process has ten. */
const PROVISIONS_AT_ONCE = 2
export const PROVISIONS_WAITING_MAX = 200
const RETRY_AFTER_MS = 1_000
/** Workspaces that meet customers at the same time. Past it the oldest's limit starts anew. */
const LANES = 1_000
const FOREIGN_KEY_VIOLATION = '23503'

interface ProvisionDeps {
  changes: Changes
  clock: Clock
}

interface Row {
  id: string
  name: string | null
  fields: CustomerFields | null
  isNew: boolean
}

export interface ProvisionQueue {
  /**
   * Makes a customer when its id is first seen. Where another call was faster, follows the newer of the two tokens. Undefined where the
   * workspace has gone.
   * @throws (rejects with) Fault `conflict` where the workspace has as many customers as it may, `rate_limited` where {@link isFull}
   */
  provision(update: CustomerClaimsUpdate): Promise<CustomerRecord | undefined>
  /** Whether so many of this workspace wait that no more may. */
  isFull(workspaceId: string): boolean
}

/** Whoever has a workspace's key can sign for ids without end: what meeting them costs is bounded for each workspace by itself. */
export function createProvisionQueue(deps: ProvisionDeps): ProvisionQueue {
  const lanes = new LRUCache<string, LimitFunction>({ max: LANES })
  const isFull = (workspaceId: string): boolean => (lanes.get(workspaceId)?.pendingCount ?? 0) >= PROVISIONS_WAITING_MAX

  return {
    isFull,
    async provision(update) {
      const { workspaceId } = update
      if (isFull(workspaceId))
        throw new Fault('rate_limited', {
          why: 'too_many_new_customers',
          headers: queueFullHeaders('new-customers', PROVISIONS_WAITING_MAX, RETRY_AFTER_MS)
        })
      const lane = lanes.get(workspaceId) ?? pLimit(PROVISIONS_AT_ONCE)
      lanes.set(workspaceId, lane)
      return lane(() => provisionCustomer(deps, update))
    }
  }
}

async function provisionCustomer(
  deps: ProvisionDeps,
  update: CustomerClaimsUpdate
): Promise<CustomerRecord | undefined> {
  const { workspaceId, externalId } = update
  try {
    return await deps.changes.transaction(async (tx, announce) => {
      const row = await upsertCustomer(tx, update, new Date(deps.clock.now()))
      if (!row && (await tx.workspace.count({ where: { id: workspaceId } })) === 0) return undefined
      // Others may have come in between: then what was written here is undone.
      if (!row || (row.isNew && !(await countNewCustomer(tx, workspaceId))))
        throw quotaExceeded(WORKSPACE_LIMITS.customers, 'customers in a workspace')
      const record = { id: row.id, workspaceId, externalId, name: row.name, fields: row.fields ?? {} }
      announceCustomer(announce, record)
      return record
    })
  } catch (error) {
    if (isForeignKeyViolation(error)) return undefined
    throw error
  }
}

/** Writes nothing where the workspace has gone, or is full and does not know the customer. */
async function upsertCustomer(
  tx: Prisma.TransactionClient,
  update: CustomerClaimsUpdate,
  now: Date
): Promise<Row | undefined> {
  const { workspaceId, externalId, name, fields, issuedAt, expiresAt } = update
  // xmax is 0 in a row that the statement made.
  const [row] = await tx.$queryRaw<Row[]>`
    insert into customer as c (id, workspace_id, external_id, name, fields, token_issued_at, token_expires_at, created_at, last_active_at)
    select ${newId('cus')}, w.id, ${externalId}, ${name ?? null}, ${fields === undefined ? null : JSON.stringify(fields)}::json,
           ${issuedAt === undefined ? null : new Date(issuedAt)}::timestamptz, ${new Date(expiresAt)}::timestamptz, ${now}::timestamptz, ${now}::timestamptz
      from workspace w where w.id = ${workspaceId}
       and (w.customer_count < ${WORKSPACE_LIMITS.customers} or exists (select 1 from customer where workspace_id = w.id and external_id = ${externalId}))
    on conflict (workspace_id, external_id) do update set ${Prisma.raw(updateSql('excluded', 'c'))}
    returning id, name, fields, xmax = 0 as "isNew"`
  return row
}

/** Whether there was room. */
async function countNewCustomer(tx: Prisma.TransactionClient, workspaceId: string): Promise<boolean> {
  return (
    (await tx.$executeRaw`update workspace set customer_count = customer_count + 1 where id = ${workspaceId} and customer_count < ${WORKSPACE_LIMITS.customers}`) ===
    1
  )
}

/** Prisma says P2010 for a raw statement, with the database's own code in `meta`. */
function isForeignKeyViolation(error: unknown): boolean {
  return (
    error instanceof Prisma.PrismaClientKnownRequestError &&
    JSON.stringify([error.code, error.meta]).includes(FOREIGN_KEY_VIOLATION)
  )
}
