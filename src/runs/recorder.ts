import type { Pool } from 'pg'
import { isUnavailable, isUniqueViolation } from '../platform/db/client.ts'
import { copyInteger, copyRow, copyText, copyTime, createCopy } from '../platform/db/copy-rows.ts'
import { createBoundedQueue } from '../lib/bounded-queue.ts'
import { createFlusher } from '../lib/flusher.ts'
import { throttleReports } from '../lib/throttle-reports.ts'
import { createMask } from './mask.ts'
import type { FinishedRun } from './run.ts'
import { createSharedValues } from './shared-values.ts'
import { createJsonTexts, recordedJson, stepJson } from './step-json.ts'

export const RECORDER_FLUSH_MS = 100
/** Retries while the database is unavailable back off to this interval: each retry sends the waiting records again. */
export const RECORDER_RETRY_MAX_MS = 5_000
/**
 * Beyond these limits the oldest waiting records are dropped and counted: a slow database must not exhaust the memory.
 */
export const RECORDER_MAX_RUNS = 50_000
export const RECORDER_MAX_BYTES = 64 * 1024 * 1024
const ROWS_AT_ONCE = 1_000
/** The last use of a token is written at most this often, because each write updates all indexes of the table. */
export const LAST_USE_EXACT_SECONDS = 60
/** Dropped records are reported at most this often. */
export const DROPS_REPORT_MS = 10_000
/** How many listeners such a report names. */
const DROPS_NAMED = 10

export interface Recorder {
  /** Queues a record. Never waits and never throws, because the answer has been sent already. */
  add(run: FinishedRun): void
  /** Records the last use of a token, in milliseconds since the epoch. Exact to {@link LAST_USE_EXACT_SECONDS}. */
  used(tokenId: string, at: number): void
  /** Writes the queued records. Readers call this first, so that a run is visible right after its call. */
  flush(): Promise<void>
  stats(): { waiting: number; dropped: number; written: number }
  /**
   * Writes the queued records. Never rejects: records that cannot be written are counted as dropped and passed to
   * `onError`.
   */
  close(): Promise<void>
}

/** Records that were lost because the process stopped while the database was unavailable. */
export class RecordsLost extends Error {
  override readonly name = 'RecordsLost'

  constructor(runs: number, lastUses: number, cause: unknown) {
    super(`${runs} run records and the last use of ${lastUses} tokens were not written before the process stopped`, {
      cause
    })
  }
}

/**
 * Records that were dropped since the last report: how many, and which listeners lost the most. `null` stands for runs
 * without a listener.
 */
export interface DroppedRecords {
  dropped: number
  listeners: readonly { listenerId: string | null; dropped: number }[]
}

/** The record of a run, as {@link copyRow} gives it. */
interface Row {
  listenerId: string | null
  bytes: string
}

const TARGET = `run (id, workspace_id, listener_id, flow_id, flow_version, mode, status, account_id, token_id,
  request_id, caller, input, output, error, started_at, finished_at, steps)`

const USED = `update token set last_used_at = used.at from unnest($1::text[], $2::timestamptz[]) as used(id, at)
  where token.id = used.id
    and (token.last_used_at is null or token.last_used_at < used.at - interval '${LAST_USE_EXACT_SECONDS} seconds')`

export interface RecorderDeps {
  pool: Pool
  onError(error: unknown): void
  /**
   * Receives the records that were dropped because the database did not keep up, at most every {@link DROPS_REPORT_MS}.
   */
  onDropped?(report: DroppedRecords): void
  /** Milliseconds of a monotonic clock. */
  now?(): number
}

/** Writes the records of finished runs in batches, after their answers were sent. */
export function createRecorder(deps: RecorderDeps): Recorder {
  const rows = createBoundedQueue<Row>({
    maxItems: RECORDER_MAX_RUNS,
    maxSize: RECORDER_MAX_BYTES,
    sizeOf,
    onDrop: drop
  })
  const copyRuns = createCopy(deps.pool, TARGET)
  let droppedOf = new Map<string | null, number>()
  let lastUses = new Map<string, number>()
  let dropped = 0
  let written = 0
  /** The number of records that are being written. */
  let inFlight = 0

  const flusher = createFlusher({
    everyMs: RECORDER_FLUSH_MS,
    retryMaxMs: RECORDER_RETRY_MAX_MS,
    isEmpty: () => rows.length === 0 && lastUses.size === 0,
    write,
    onError: deps.onError
  })

  const reportDrops = throttleReports(
    () => {
      const counts = [...droppedOf].toSorted(([, a], [, b]) => b - a)
      droppedOf = new Map()
      deps.onDropped?.({
        dropped: counts.reduce((sum, [, count]) => sum + count, 0),
        listeners: counts.slice(0, DROPS_NAMED).map(([listenerId, count]) => ({ listenerId, dropped: count }))
      })
    },
    DROPS_REPORT_MS,
    deps.now ?? (() => performance.now())
  )

  function drop({ listenerId }: Row): void {
    dropped++
    droppedOf.set(listenerId, (droppedOf.get(listenerId) ?? 0) + 1)
    reportDrops(undefined)
  }

  async function insert(batch: readonly Row[]): Promise<void> {
    try {
      await copyRuns(batch.map(({ bytes }) => bytes))
      written += batch.length
    } catch (error) {
      if (isUnavailable(error)) throw error
      // A record that the database rejects must not hold up the others.
      if (batch.length > 1) {
        for (const row of batch) await insert([row])
      } else if (isUniqueViolation(error)) {
        // It is in the table already: the connection was lost between the commit and its answer.
        written++
      } else {
        dropped++
        deps.onError(error)
      }
    }
  }

  async function write(): Promise<void> {
    // Records that arrive during a copy wait for the next flush. Copied at once, they would be a copy of a few rows,
    // during which a few more arrive, and each copy costs the database as much as twenty rows. Some of the waiting
    // records may be dropped meanwhile.
    for (let left = rows.length; left > 0 && rows.length > 0;) {
      const batch = rows.take(Math.min(left, ROWS_AT_ONCE))
      left -= batch.length
      inFlight = batch.length
      try {
        await insert(batch)
      } catch (error) {
        // A lost connection loses no record.
        rows.putBack(batch)
        throw error
      } finally {
        inFlight = 0
      }
    }
    const uses = lastUses
    if (uses.size === 0) return
    lastUses = new Map()
    try {
      await deps.pool.query({
        name: 'token_used',
        text: USED,
        values: [[...uses.keys()], [...uses.values()].map((at) => new Date(at))]
      })
    } catch (error) {
      for (const [id, at] of uses) if ((lastUses.get(id) ?? 0) < at) lastUses.set(id, at)
      throw error
    }
  }

  return {
    add(run) {
      rows.push(rowOf(run))
      flusher.soon()
    },
    used(tokenId, at) {
      lastUses.set(tokenId, at)
      flusher.soon()
    },
    flush: flusher.now,
    stats: () => ({ waiting: rows.length + inFlight, dropped, written }),
    async close() {
      try {
        await flusher.now()
      } catch (error) {
        // There is no later attempt: the remaining records are lost, and reported as lost.
        const lost = rows.take(rows.length).length
        dropped += lost
        deps.onError(new RecordsLost(lost, lastUses.size, error))
        lastUses = new Map()
      }
      flusher.stop()
    }
  }
}

function rowOf(run: FinishedRun): Row {
  const mask = createMask(run.secrets)
  const texts = createJsonTexts(mask)
  const json = (value: unknown): string => copyText(texts(value) ?? 'null')
  const shared = createSharedValues(run)
  const steps = run.steps.map((step, index) => {
    const text = stepJson(step, mask, texts, shared)
    shared.addOutput(step.output, index)
    return text
  })
  // One text, because the parts of a list would stay in memory until the list is written.
  const bytes = copyRow([
    copyText(run.id),
    copyText(run.workspaceId),
    copyText(run.listenerId),
    copyText(run.flowId),
    copyInteger(run.flowVersion),
    copyText(run.mode),
    copyText(run.status),
    copyText(run.accountId),
    copyText(run.tokenId),
    copyText(run.requestId),
    json(run.caller),
    copyText(recordedJson(run.input, texts)),
    copyText(recordedJson(run.output, texts)),
    run.error === undefined ? copyText(null) : json(run.error),
    copyTime(run.startedAt),
    copyTime(run.finishedAt),
    copyText(`[${steps.join(',')}]`)
  ])
  return { listenerId: run.listenerId, bytes }
}

function sizeOf({ bytes }: Row): number {
  return bytes.length
}
