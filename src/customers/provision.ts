import pLimit, { type LimitFunction } from 'p-limit'
import { createLru } from '../lib/lru.ts'
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

/** Concurrent provisions per workspace and process. Each holds a connection of the pool. */
const PROVISIONS_AT_ONCE = 2
export const PROVISIONS_WAITING_MAX = 200
const RETRY_AFTER_MS = 1_000
/** The most workspaces that provision at the same time. Beyond it, the limit of the oldest one starts again. */
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
  blocked: boolean
  tokensNotBefore: Date | null
  archived: boolean
  isNew: boolean
}

export interface ProvisionQueue {
  /**
   * Creates the customer, or updates it if it exists and the token is newer. Resolves with undefined if the workspace
   * does not exist.
   * @throws (rejects with) Fault `conflict` if the workspace has the maximum number of customers, `rate_limited` if
   *   {@link isFull}
   */
  provision(update: CustomerClaimsUpdate): Promise<CustomerRecord | undefined>
  /** Whether the workspace has {@link PROVISIONS_WAITING_MAX} waiting provisions. */
  isFull(workspaceId: string): boolean
}

/**
 * Creates the queue. Anybody with a workspace's key can sign for any number of ids, so the cost of provisioning is
 * bounded per workspace.
 */
export function createProvisionQueue(deps: ProvisionDeps): ProvisionQueue {
  const lanes = createLru<LimitFunction>(LANES)
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
      // Concurrent provisions may have used up the quota. The fault rolls the insert back.
      if (!row || (row.isNew && !(await countNewCustomer(tx, workspaceId))))
        throw quotaExceeded(WORKSPACE_LIMITS.customers, 'customers in a workspace')
      const { id, name, fields, blocked, tokensNotBefore, archived } = row
      const record = {
        id,
        workspaceId,
        externalId,
        name,
        fields: fields ?? {},
        blocked,
        tokensNotBefore: tokensNotBefore?.getTime(),
        archived
      }
      announceCustomer(announce, record)
      return record
    })
  } catch (error) {
    if (isForeignKeyViolation(error)) return undefined
    throw error
  }
}

/**
 * Writes nothing if the workspace does not exist, or if it is full and does not have the customer. A customer that was
 * deleted while it was blocked is created with the same block.
 */
async function upsertCustomer(
  tx: Prisma.TransactionClient,
  update: CustomerClaimsUpdate,
  now: Date
): Promise<Row | undefined> {
  const { workspaceId, externalId, name, fields, issuedAt, expiresAt } = update
  // xmax is 0 in a row that this statement inserted.
  const [row] = await tx.$queryRaw<Row[]>`
    insert into customer as c (
      id, workspace_id, external_id, name, fields, token_issued_at, token_expires_at, created_at, last_active_at,
      blocked_at, tokens_not_before
    )
    select ${newId('cus')}, w.id, ${externalId}, ${name ?? null},
           ${fields === undefined ? null : JSON.stringify(fields)}::json,
           ${issuedAt === undefined ? null : new Date(issuedAt)}::timestamptz, ${new Date(expiresAt)}::timestamptz,
           ${now}::timestamptz, ${now}::timestamptz, b.blocked_at, b.tokens_not_before
      from workspace w left join kept_block b on b.workspace_id = w.id and b.external_id = ${externalId}
     where w.id = ${workspaceId}
       and (w.customer_count < ${WORKSPACE_LIMITS.customers}
            or exists (select 1 from customer where workspace_id = w.id and external_id = ${externalId}))
    on conflict (workspace_id, external_id) do update set ${Prisma.raw(updateSql('excluded', 'c'))}
    returning id, name, fields, blocked_at is not null as blocked, tokens_not_before as "tokensNotBefore",
              archived_at is not null as archived, xmax = 0 as "isNew"`
  if (row?.isNew) await tx.keptBlock.deleteMany({ where: { workspaceId, externalId } })
  return row
}

/** Counts one more customer. Returns false if the workspace is full. */
async function countNewCustomer(tx: Prisma.TransactionClient, workspaceId: string): Promise<boolean> {
  const updated = await tx.$executeRaw`
    update workspace set customer_count = customer_count + 1
     where id = ${workspaceId} and customer_count < ${WORKSPACE_LIMITS.customers}`
  return updated === 1
}

/** Prisma reports P2010 for a raw statement and puts the database's own code into `meta`. */
function isForeignKeyViolation(error: unknown): boolean {
  return (
    error instanceof Prisma.PrismaClientKnownRequestError &&
    JSON.stringify([error.code, error.meta]).includes(FOREIGN_KEY_VIOLATION)
  )
}
