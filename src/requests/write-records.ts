import type { Pool } from 'pg'
import type { Owners } from './owners.ts'
import type { CallRecord } from './record-buffer.ts'

const ROWS_AT_ONCE = 1_000

const COLUMNS = [
  ['id', 'text'],
  ['request_id', 'text'],
  ['at', 'timestamptz'],
  ['outcome', 'text'],
  ['status', 'int'],
  ['code', 'text'],
  ['reason', 'text'],
  ['why', 'text'],
  ['workspace_id', 'text'],
  ['listener_id', 'text'],
  ['kind', 'text'],
  ['account_id', 'text'],
  ['token_id', 'text'],
  ['customer_id', 'text'],
  ['ip', 'text'],
  ['ms', 'float8'],
  ['run_id', 'text'],
  ['tried_by', 'text']
] as const

const INSERT = `
  insert into recorded_call (${COLUMNS.map(([name]) => name).join(', ')})
  select * from unnest(${COLUMNS.map(([, type], index) => `$${index + 1}::${type}[]`).join(', ')})
  on conflict (id) do nothing`

/** Stores the calls whose listener or credential has an owner; drops the others. */
export async function writeRecords(
  pool: Pool,
  { workspaceOf, tokens }: Owners,
  records: readonly CallRecord[]
): Promise<void> {
  const rows = records.flatMap((record) => {
    const workspaceId = record.listenerId === null ? undefined : workspaceOf.get(record.listenerId)
    const accountId = (record.tokenId === null ? undefined : tokens.get(record.tokenId)?.accountId) ?? record.accountId
    if (workspaceId === undefined && accountId === null) return []
    const values: Record<(typeof COLUMNS)[number][0], unknown> = {
      id: record.id,
      request_id: record.requestId,
      at: new Date(record.at),
      outcome: record.outcome,
      status: record.status,
      code: record.code,
      reason: record.reason,
      why: record.why,
      workspace_id: workspaceId ?? null,
      listener_id: record.listenerId,
      kind: record.kind,
      account_id: accountId,
      token_id: record.tokenId,
      customer_id: record.customerId,
      ip: record.ip,
      ms: record.ms,
      run_id: record.runId,
      tried_by: record.triedBy
    }
    return [values]
  })
  for (let start = 0; start < rows.length; start += ROWS_AT_ONCE) {
    const batch = rows.slice(start, start + ROWS_AT_ONCE)
    await pool.query({
      name: 'recorded_call_add',
      text: INSERT,
      values: COLUMNS.map(([column]) => batch.map((row) => row[column]))
    })
  }
}
