import type { Pool } from 'pg'
import { isUnavailable } from '../db/client.ts'
import { maskJson } from './mask.ts'
import type { FinishedRun } from './run.ts'
import { stepJson } from './step-json.ts'

export const RECORDER_FLUSH_MS = 100
/** Past these the oldest waiting records are dropped, and counted: a database that is slow or down must not take the memory. */
export const RECORDER_MAX_RUNS = 50_000
export const RECORDER_MAX_BYTES = 64 * 1024 * 1024
const ROWS_AT_ONCE = 1_000

export interface Recorder {
  /** Never waits and never throws: the answer has been given. */
  add(run: FinishedRun): void
  /** A token was used: its last use is kept to within a flush. */
  used(tokenId: string, at: number): void
  /** Writes what waits. Reading one's own runs right after a call finds them. */
  flush(): Promise<void>
  stats(): { waiting: number, dropped: number, written: number }
  close(): Promise<void>
}

interface Row {
  values: readonly (string | number | Date | null)[]
  bytes: number
}

const COLUMNS = [
  ['id', 'text'], ['workspace_id', 'text'], ['listener_id', 'text'], ['flow_id', 'text'], ['flow_version', 'int'], ['mode', 'text'], ['status', 'text'],
  ['account_id', 'text'], ['token_id', 'text'], ['request_id', 'text'], ['caller', 'json'], ['input', 'json'], ['output', 'json'], ['error', 'json'],
  ['started_at', 'timestamptz'], ['finished_at', 'timestamptz'], ['steps', 'json']
] as const

const INSERT = `insert into run (${COLUMNS.map(([name]) => name).join(', ')})
  select * from unnest(${COLUMNS.map(([, type], index) => `$${index + 1}::${type}[]`).join(', ')}) on conflict (id) do nothing`

const USED = `update token set last_used_at = used.at from unnest($1::text[], $2::timestamptz[]) as used(id, at)
  where token.id = used.id and (token.last_used_at is null or token.last_used_at < used.at)`

/** Writes the records of finished runs in batches, after the answers. */
export function createRecorder(deps: { pool: Pool, onError(error: unknown): void }): Recorder {
  let rows: Row[] = []
  let bytes = 0
  let lastUses = new Map<string, number>()
  let dropped = 0
  let written = 0
  let writing: Promise<void> | undefined
  let timer: NodeJS.Timeout | undefined

  function schedule(): void {
    timer ??= setTimeout(() => {
      timer = undefined
      flush().catch(deps.onError)
    }, RECORDER_FLUSH_MS).unref()
  }

  function drop(): void {
    while (rows.length > RECORDER_MAX_RUNS || bytes > RECORDER_MAX_BYTES) {
      bytes -= rows.shift()?.bytes ?? 0
      dropped++
    }
  }

  async function insert(batch: readonly Row[]): Promise<void> {
    try {
      await deps.pool.query({ name: 'run_insert', text: INSERT, values: COLUMNS.map((_, column) => batch.map((row) => row.values[column])) })
    } catch (error) {
      if (isUnavailable(error)) throw error
      // One record that the database refuses must not hold up the others.
      if (batch.length > 1) {
        for (const row of batch) await insert([row])
      } else {
        dropped++
        deps.onError(error)
      }
    }
  }

  async function write(): Promise<void> {
    while (rows.length > 0) {
      const batch = rows.slice(0, ROWS_AT_ONCE)
      await insert(batch)
      // Rows leave the buffer when they are written, and not before: a lost connection loses none of them.
      rows = rows.slice(batch.length)
      bytes -= batch.reduce((sum, row) => sum + row.bytes, 0)
      written += batch.length
    }
    const uses = lastUses
    if (uses.size === 0) return
    lastUses = new Map()
    try {
      await deps.pool.query({ name: 'token_used', text: USED, values: [[...uses.keys()], [...uses.values()].map((at) => new Date(at))] })
    } catch (error) {
      for (const [id, at] of uses) if ((lastUses.get(id) ?? 0) < at) lastUses.set(id, at)
      throw error
    }
  }

  async function flush(): Promise<void> {
    while (writing) await writing
    if (rows.length === 0 && lastUses.size === 0) return
    writing = write().finally(() => { writing = undefined })
    try {
      await writing
    } catch (error) {
      schedule()
      throw error
    }
  }

  return {
    add(run) {
      const row = rowOf(run)
      rows.push(row)
      bytes += row.bytes
      // While a batch is being written its rows are the first ones, and must stay where they are.
      if (!writing) drop()
      schedule()
    },
    used(tokenId, at) {
      lastUses.set(tokenId, at)
      schedule()
    },
    flush,
    stats: () => ({ waiting: rows.length, dropped, written }),
    async close() {
      clearTimeout(timer)
      await flush()
    }
  }
}

function rowOf(run: FinishedRun): Row {
  const json = (value: unknown): string => maskJson(JSON.stringify(value ?? null), run.secrets)
  const values = [
    run.id, run.workspaceId, run.listenerId, run.flowId, run.flowVersion, run.mode, run.status, run.accountId, run.tokenId, run.requestId,
    json(run.caller), json(run.input), json(run.output), run.error === undefined ? null : json(run.error),
    new Date(run.startedAt), new Date(run.finishedAt), maskJson(`[${run.steps.map(stepJson).join(',')}]`, run.secrets)
  ]
  return { values, bytes: values.reduce<number>((sum, value) => sum + (typeof value === 'string' ? value.length : 8), 0) }
}
