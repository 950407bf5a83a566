import type { Announce } from '../platform/db/changes.ts'
import { type CacheDeps, createRecordCache, type RecordCache } from '../platform/db/record-cache.ts'
import { isId } from '../lib/ids.ts'
import type { CustomerFields } from './customer.ts'

/** The fields of a customer that a call needs. */
export interface CustomerRecord {
  id: string
  workspaceId: string
  externalId: string
  name: string | null
  fields: CustomerFields
  /** None of its tokens is accepted. */
  blocked: boolean
  /** Its tokens that were issued before this are not accepted. Milliseconds since 1970. */
  tokensNotBefore: number | undefined
  /** None of its tokens is accepted until it is restored. */
  archived: boolean
}

interface Row {
  id: string
  workspace_id: string
  external_id: string
  name: string | null
  fields: CustomerFields | null
  blocked: boolean
  tokens_not_before: Date | null
  archived: boolean
}

const COLUMNS =
  'id, workspace_id, external_id, name, fields, blocked_at is not null as blocked, tokens_not_before, ' +
  'archived_at is not null as archived'
const BY_ID = `select ${COLUMNS} from customer where id = $1`
const BY_EXTERNAL_ID = `select ${COLUMNS} from customer where workspace_id = $1 and external_id = $2`

/** Customers by their own id, and by {@link externalKey}. */
export function createCustomerCache(deps: CacheDeps): RecordCache<CustomerRecord> {
  const { pool } = deps.database
  return createRecordCache(deps, {
    topic: 'customer',
    async load(key) {
      const {
        rows: [row]
      } = isId('cus', key)
        ? await pool.query<Row>({ name: 'customer_by_id', text: BY_ID, values: [key] })
        : await pool.query<Row>({ name: 'customer_by_external_id', text: BY_EXTERNAL_ID, values: splitKey(key) })
      return (
        row && {
          id: row.id,
          workspaceId: row.workspace_id,
          externalId: row.external_id,
          name: row.name,
          fields: row.fields ?? {},
          blocked: row.blocked,
          tokensNotBefore: row.tokens_not_before?.getTime(),
          archived: row.archived
        }
      )
    }
  })
}

/** The cache key of a customer by its external id: the id that the workspace's own back end gave it. */
export function externalKey(workspaceId: string, externalId: string): string {
  return `${workspaceId}/${externalId}`
}

/** Drops the customer from the caches of every process, under both of its keys. */
export function announceCustomer(
  announce: Announce,
  customer: Pick<CustomerRecord, 'id' | 'workspaceId' | 'externalId'>
): void {
  announce('customer', customer.id)
  announce('customer', externalKey(customer.workspaceId, customer.externalId))
}

function splitKey(key: string): [string, string] {
  const slash = key.indexOf('/')
  return [key.slice(0, slash), key.slice(slash + 1)]
}
