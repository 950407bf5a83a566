import type { Pool } from 'pg'
import { DEFAULT_SETTINGS } from '../../../src/listeners/listener.ts'
import { newOpaque, tokenDigestBytes } from '../../../src/lib/opaque-token.ts'
import { SEED_FLOWS, seedDocument } from './flows.ts'

export const TOKENS_EACH = 100
export const RUNS_EACH = 2_500
const ROWS_AT_ONCE = 1_000
/** Runs and usage are within so many days before now, which is less than the default retention. */
const DAYS = 14
const DAY_MS = 86_400_000
/** Each step of a seeded run takes this long. */
const STEP_MS = 12
/** One run in so many has failed, and one token in so many is revoked. */
const FAILED_EVERY = 25
const REVOKED_EVERY = 20

export type Row = Readonly<Record<string, unknown>>

/** An account that owns one workspace. */
export interface SeedOwner {
  accountId: string
  workspaceId: string
  /** Counted from 1. Makes the ids of this owner's rows different from the other's. */
  number: number
}

/** A fixed id for each row, in the form that the gateway checks, so that a second seed finds the rows of the first. */
export function seedId(prefix: string, owner: number, index: number): string {
  return `${prefix}_seed${String(owner).padStart(6, '0')}${String(index).padStart(12, '0')}`
}

/** @returns how many rows were new */
export async function insertRows(pool: Pool, table: string, rows: readonly Row[]): Promise<number> {
  const columns = Object.keys(rows[0] ?? {}).join(', ')
  let added = 0
  for (let from = 0; from < rows.length; from += ROWS_AT_ONCE) {
    const { rowCount } = await pool.query(
      `insert into ${table} (${columns})
       select ${columns} from json_populate_recordset(null::${table}, $1::json) on conflict do nothing`,
      [JSON.stringify(rows.slice(from, from + ROWS_AT_ONCE))]
    )
    added += rowCount ?? 0
  }
  return added
}

export function tokenRows({ accountId, number }: SeedOwner, now: number): Row[] {
  return count(TOKENS_EACH).map((index) => {
    const text = newOpaque('slc_')
    const createdAt = now - (DAYS + index) * DAY_MS
    const revoked = index % REVOKED_EVERY === REVOKED_EVERY - 1
    return {
      id: seedId('tok', number, index),
      account_id: accountId,
      name: `seed ${String(index + 1).padStart(3, '0')}`,
      format: 'opaque',
      // Only the digest is stored, so nobody can use these tokens. They fill lists.
      digest: `\\x${Buffer.from(tokenDigestBytes(text)).toString('hex')}`,
      start: text.slice(0, 12),
      workspace_ids: [],
      listener_ids: [],
      scoped: false,
      allowed_ips: [],
      created_at: iso(createdAt),
      expires_at: index % 3 === 0 ? null : iso(createdAt + 365 * DAY_MS),
      revoked_at: revoked ? iso(now - (index % DAYS) * DAY_MS) : null,
      revoked_by: revoked ? accountId : null,
      revoke_reason: revoked ? 'no longer needed' : null,
      last_used_at: index % 4 === 0 ? null : iso(now - index * 3_600_000)
    }
  })
}

export function usageRows({ number }: SeedOwner, now: number): Row[] {
  return count(TOKENS_EACH).flatMap((index) =>
    count(index % 4 === 0 ? 0 : DAYS).map((day) => ({
      token_id: seedId('tok', number, index),
      day: iso(now - day * DAY_MS).slice(0, 10),
      outcome: 'answered',
      calls: 1 + ((index * 7 + day * 13) % 50)
    }))
  )
}

export function flowRows(
  { workspaceId, accountId, number }: SeedOwner,
  now: number
): { flows: Row[]; versions: Row[] } {
  const at = iso(now - (DAYS + 1) * DAY_MS)
  return {
    flows: SEED_FLOWS.map(({ name }, index) => ({
      id: seedId('flw', number, index),
      workspace_id: workspaceId,
      name,
      latest_version: 1,
      published_version: 1,
      created_at: at,
      updated_at: at
    })),
    versions: SEED_FLOWS.map((flow, index) => ({
      flow_id: seedId('flw', number, index),
      version: 1,
      name: flow.name,
      namespace: seedDocument(flow).document.namespace,
      document_version: seedDocument(flow).document.version,
      document: seedDocument(flow),
      created_by: accountId,
      created_at: at
    }))
  }
}

export function listenerRows({ workspaceId, number }: SeedOwner, now: number): Row[] {
  const at = iso(now - (DAYS + 1) * DAY_MS)
  const { mode, enabled, respond, statusMode, auth, timeoutSeconds, priority, onDeadline } = DEFAULT_SETTINGS
  return SEED_FLOWS.map(({ name }, index) => ({
    id: seedId('lsn', number, index),
    workspace_id: workspaceId,
    name,
    flow_id: seedId('flw', number, index),
    methods: [],
    mode,
    enabled,
    respond,
    status_mode: statusMode,
    auth,
    timeout_seconds: timeoutSeconds,
    cors_origins: [],
    allowed_ips: [],
    priority,
    on_deadline: onDeadline,
    created_at: at,
    updated_at: at
  }))
}

export function runRows({ workspaceId, accountId, number }: SeedOwner, now: number): Row[] {
  return count(RUNS_EACH).map((index) => {
    const at = index % SEED_FLOWS.length
    const { name, tasks, output } = SEED_FLOWS[at] as (typeof SEED_FLOWS)[number]
    const failed = name === 'refuse-unknown' || index % FAILED_EVERY === FAILED_EVERY - 1
    const error = { type: 'https://example.com/errors/seed', status: 404, title: 'A failed run of the seed' }
    const startedAt = Math.round(now - ((index + 1) * DAYS * DAY_MS) / (RUNS_EACH + 1))
    const input = { method: 'GET', path: '/', headers: {}, query: {}, body: null }
    const caller = { kind: 'basic', id: accountId, name: `Seed ${number}`, workspaceId }
    return {
      id: seedId('run', number, index),
      workspace_id: workspaceId,
      listener_id: seedId('lsn', number, at),
      flow_id: seedId('flw', number, at),
      flow_version: 1,
      mode: 'sync',
      status: failed ? 'failed' : 'succeeded',
      account_id: accountId,
      token_id: null,
      request_id: seedId('req', number, index),
      caller,
      input,
      output: failed ? null : output,
      error: failed ? error : null,
      started_at: iso(startedAt),
      finished_at: iso(startedAt + tasks.length * STEP_MS),
      steps: tasks.map((task, step) => ({
        pointer: `/do/${step}/${Object.keys(task)[0]}`,
        attempt: 1,
        status: failed && step === tasks.length - 1 ? 'failed' : 'succeeded',
        startedAt: iso(startedAt + step * STEP_MS),
        durationMs: STEP_MS,
        input: step === 0 ? input : {}
      }))
    }
  })
}

function count(length: number): number[] {
  return Array.from({ length }, (_, index) => index)
}

function iso(ms: number): string {
  return new Date(ms).toISOString()
}
