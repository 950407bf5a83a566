import type { Pool } from 'pg'
import { type Clock, DAY_MS, HOUR_MS } from '../lib/clock.ts'
import type { CallRecorder } from './call-recorder.ts'
import { quantileOf } from './latency.ts'

export const USAGE_UNITS = ['hour', 'day'] as const
export const USAGE_KEYS = ['listener', 'token', 'outcome'] as const
export type UsageUnit = (typeof USAGE_UNITS)[number]
export type UsageKey = (typeof USAGE_KEYS)[number]

/** The most items of one answer. Beyond it, the oldest buckets are left out. */
export const USAGE_ITEMS_MAX = 10_000
/** How far back usage goes by default. */
const DEFAULT_RANGE_MS: Record<UsageUnit, number> = { hour: 48 * HOUR_MS, day: 30 * DAY_MS }
const BUCKET_MS: Record<UsageUnit, number> = { hour: HOUR_MS, day: DAY_MS }

export interface UsageQuery {
  by: UsageKey
  unit: UsageUnit
  /** Inclusive: the first bucket is the one that contains this time. */
  since?: Date | undefined
  /** Exclusive. */
  until?: Date | undefined
}

/** The calls of one key in one hour or day. `calls` includes refused and failed ones. */
export interface UsageItem {
  /** When the bucket began. */
  at: string
  /** A listener's id, a token's id (null = no token, or an unknown one), or an outcome. */
  key: string | null
  calls: number
  refused: number
  failed: number
  p50Ms: number | null
  p99Ms: number | null
}

const COLUMNS: Record<UsageKey, string> = { listener: 'listener_id', token: 'token_id', outcome: 'outcome' }

interface Row {
  at: Date
  key: string
  calls: string
  refused: string
  failed: string
  durations: [bucket: number, count: number][] | null
}

/** Reads the calls of a workspace, or of one listener, newest buckets first. Empty buckets are left out. */
export async function readCallUsage(
  deps: { pool: Pool; clock: Clock; calls: CallRecorder },
  of: { workspaceId: string } | { listenerId: string },
  { by, unit, since, until }: UsageQuery
): Promise<UsageItem[]> {
  await deps.calls.flush()
  const now = deps.clock.now()
  const from = since?.getTime() ?? now - DEFAULT_RANGE_MS[unit]
  const [owner, id] = 'listenerId' in of ? ['listener_id', of.listenerId] : ['workspace_id', of.workspaceId]
  const { rows } = await deps.pool.query<Row>({
    text: `
      with counted as (
        select at, ${COLUMNS[by]} as key, outcome, calls, durations from call_usage
         where ${owner} = $1 and unit = $2 and at >= $3 and at < $4),
      totals as (
        select at, key, sum(calls) as calls, coalesce(sum(calls) filter (where outcome = 'refused'), 0) as refused,
               coalesce(sum(calls) filter (where outcome = 'failed'), 0) as failed
          from counted group by at, key order by at desc, calls desc, key limit $5),
      spread as (
        select at, key, json_agg(json_build_array(bucket, n) order by bucket) as durations
          from (select at, key, duration.bucket - 1 as bucket, sum(duration.n) as n
                  from counted cross join lateral unnest(durations) with ordinality as duration(n, bucket)
                 where duration.n > 0 group by 1, 2, 3) buckets
         group by at, key)
      select * from totals left join spread using (at, key) order by at desc, calls desc, key`,
    values: [
      id,
      unit,
      new Date(from - (from % BUCKET_MS[unit])),
      until ?? new Date(now + BUCKET_MS[unit]),
      USAGE_ITEMS_MAX
    ]
  })
  return rows.map(({ at, key, calls, refused, failed, durations }) => ({
    at: at.toISOString(),
    key: key === '' ? null : key,
    calls: Number(calls),
    refused: Number(refused),
    failed: Number(failed),
    p50Ms: quantileOf(durations ?? [], 0.5) ?? null,
    p99Ms: quantileOf(durations ?? [], 0.99) ?? null
  }))
}
