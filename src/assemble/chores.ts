import { MINUTE_MS } from '../lib/clock.ts'
import { trimLinks } from '../accounts/links/trim-links.ts'
import { trimRevocations } from '../actions/integration-token.ts'
import type { Alerts } from '../events/alerts/alerts.ts'
import { adoptDeliveries } from '../events/adopt.ts'
import { trimInbound } from '../events/inbound.ts'
import { trimEvents } from '../events/list.ts'
import { trimSignedDeliveries } from '../gateway/signed-deliveries.ts'
import { dropRecordPartitions, makeRecordPartitions } from '../requests/record-partitions.ts'
import { trimCalls } from '../requests/retention.ts'
import { noticeExpiringTokens, type NoticeDeps } from '../tokens/expiry-notices.ts'
import {
  deleteExpiredSigningKeys,
  rotateDueSigningKey,
  type SigningKeyJobDeps
} from '../tokens/signing-key-rotation.ts'
import { endUnusedTokens } from '../tokens/unused-tokens.ts'
import { trimUsage } from '../tokens/usage/retention.ts'
import { dropUsagePartitions, makeUsagePartitions } from '../tokens/usage/usage-partitions.ts'
import type { Job } from '../platform/db/periodic-jobs.ts'
import { removeExpired } from '../runs/retention.ts'
import { dropRunPartitions, makeRunPartitions } from '../runs/run-partitions.ts'
import { removeShortened } from '../runs/shortened-retention.ts'

export type JobDeps = Omit<NoticeDeps, 'pool'> & SigningKeyJobDeps & { alerts: Pick<Alerts, 'reportDue'> }

/** Lists the periodic jobs of a gateway, and how often they run. Each job runs in one process at a time. */
export function listJobs(deps: JobDeps): Job[] {
  const {
    database: { pool },
    clock
  } = deps
  return [
    { name: 'trim usage', everyMs: 10 * MINUTE_MS, run: (signal) => trimUsage({ pool, clock }, signal) },
    { name: 'trim records of calls', everyMs: 10 * MINUTE_MS, run: (signal) => trimCalls({ pool, clock }, signal) },
    { name: 'adopt deliveries', everyMs: MINUTE_MS, run: () => adoptDeliveries({ pool, clock }) },
    { name: 'tell of alerts', everyMs: MINUTE_MS, run: (signal) => deps.alerts.reportDue(signal) },
    { name: 'trim events', everyMs: 10 * MINUTE_MS, run: (signal) => trimEvents({ pool, clock }, signal) },
    {
      name: 'trim events that came in',
      everyMs: 10 * MINUTE_MS,
      run: (signal) => trimInbound({ pool, clock }, signal)
    },
    {
      name: 'announce expiring tokens',
      everyMs: 10 * MINUTE_MS,
      run: (signal) => noticeExpiringTokens({ ...deps, pool }, signal)
    },
    {
      name: 'end unused tokens',
      everyMs: 60 * MINUTE_MS,
      run: (signal) => endUnusedTokens({ ...deps, pool }, signal).then(() => {})
    },
    {
      name: 'make partitions of calls and usage',
      everyMs: 10 * MINUTE_MS,
      atStart: true,
      async run(signal) {
        await makeRecordPartitions({ pool, clock }, signal)
        await makeUsagePartitions({ pool, clock }, signal)
      }
    },
    {
      name: 'remove partitions of calls and usage',
      everyMs: 10 * MINUTE_MS,
      async run(signal) {
        await dropRecordPartitions({ pool, clock }, signal)
        await dropUsagePartitions({ pool, clock }, signal)
      }
    },
    {
      name: 'make partitions of runs',
      everyMs: MINUTE_MS,
      // Rows that are written before their partition exists have to be moved later.
      atStart: true,
      run: (signal) => makeRunPartitions({ pool, clock }, signal)
    },
    {
      name: 'remove partitions of runs',
      everyMs: 5 * MINUTE_MS,
      run: (signal) => dropRunPartitions({ pool, clock }, signal)
    },
    {
      name: 'remove runs of shortened retentions',
      everyMs: 60 * MINUTE_MS,
      run: (signal) => removeShortened({ pool, clock }, signal)
    },
    { name: 'remove expired runs', everyMs: 5 * MINUTE_MS, run: (signal) => removeExpired({ pool, clock }, signal) },
    { name: 'rotate the signing key', everyMs: 10 * MINUTE_MS, run: () => rotateDueSigningKey(deps) },
    { name: 'delete expired signing keys', everyMs: 60 * MINUTE_MS, run: () => deleteExpiredSigningKeys(deps) },
    {
      name: 'trim signed deliveries',
      everyMs: 10 * MINUTE_MS,
      run: (signal) => trimSignedDeliveries({ pool, clock }, signal)
    },
    { name: 'trim links', everyMs: 60 * MINUTE_MS, run: (signal) => trimLinks({ pool, clock }, signal) },
    { name: 'trim revocations', everyMs: 60 * MINUTE_MS, run: (signal) => trimRevocations({ pool, clock }, signal) }
  ]
}
