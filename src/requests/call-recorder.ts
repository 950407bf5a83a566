import type { Pool } from 'pg'
import type { Clock } from '../lib/clock.ts'
import { createFlusher } from '../lib/flusher.ts'
import type { CallReport } from '../platform/log/call-report.ts'
import { reasonOf } from './reason.ts'
import { newRecordId } from './record-partitions.ts'
import { createRecordBuffer } from './record-buffer.ts'
import { findOwners } from './owners.ts'
import { createUsageBuffer } from './usage-buffer.ts'
import { writeRecords } from './write-records.ts'
import { writeUsage } from './write-usage.ts'

export const CALLS_FLUSH_MS = 1_000
const ADDRESS_MAX = 64
/**
 * The form of an exact name of what failed. Anything else, such as a sentence, may contain foreign text and is not
 * stored.
 */
const NAME = /^[a-z][a-z0-9_]{1,39}$/

/**
 * Records the calls of listeners: how many there were and how long they took, and the details of those that failed or
 * were refused. A call of another route is recorded if it was refused and its token is known. Records are written in
 * batches, after the answers.
 */
export interface CallRecorder {
  /** Never waits and never throws. */
  onCall(report: CallReport): void
  /** Writes the waiting records, so that a read right after a call includes it. */
  flush(): Promise<void>
  stats(): { written: number; dropped: number }
  close(): Promise<void>
}

/** Creates the recorder of this process. @param deps.onError receives the error of each write that failed */
export function createCallRecorder(deps: { pool: Pool; clock: Clock; onError(error: unknown): void }): CallRecorder {
  const records = createRecordBuffer()
  const usage = createUsageBuffer()
  let written = 0
  let lost = 0

  const flusher = createFlusher({
    everyMs: CALLS_FLUSH_MS,
    isEmpty: () => records.empty && usage.empty,
    write,
    onError: deps.onError
  })

  async function write(): Promise<void> {
    const [details, counts] = [records.take(), usage.take()]
    const calls = counts.reduce((sum, { outcomes }) => [...outcomes.values()].reduce((n, o) => n + o.calls, sum), 0)
    try {
      const owners = await findOwners(
        deps.pool,
        [...details, ...counts].flatMap(({ listenerId }) => listenerId ?? []),
        [...details, ...counts].flatMap(({ tokenId }) => tokenId ?? [])
      )
      await writeRecords(deps.pool, owners, details)
      await writeUsage(deps.pool, owners, counts)
      written += calls
    } catch (error) {
      // Statistics are dropped, and counted as dropped, while the database is down.
      lost += calls
      throw error
    }
  }

  return {
    onCall(report) {
      const { credential, code, runId, listenerId } = report
      const tokenId = credential?.tokenId
      if (listenerId === undefined && (code === undefined || tokenId === undefined)) return
      const at = deps.clock.now()
      const outcome = code === undefined ? 'answered' : runId === undefined ? 'refused' : 'failed'
      if (listenerId !== undefined) usage.add({ listenerId, tokenId, at, outcome, ms: report.ms })
      if (code !== undefined && outcome !== 'answered')
        records.add({
          id: newRecordId(at),
          requestId: report.requestId,
          at,
          outcome,
          status: report.status,
          code,
          reason: outcome === 'refused' ? reasonOf(code, report.why) : null,
          why: report.why !== undefined && NAME.test(report.why) ? report.why : null,
          listenerId: listenerId ?? null,
          kind: credential?.kind ?? 'none',
          accountId: credential?.accountId ?? null,
          tokenId: tokenId ?? null,
          customerId: credential?.customerId ?? null,
          ip: report.ip.slice(0, ADDRESS_MAX),
          ms: report.ms,
          runId: runId ?? null,
          triedBy: report.triedBy ?? null
        })
      flusher.soon()
    },
    flush: flusher.now,
    stats: () => ({ written, dropped: lost + usage.dropped }),
    async close() {
      await flusher.now().catch(deps.onError)
      flusher.stop()
    }
  }
}
