import type { Pool } from 'pg'
import { parseJson } from '../lib/exact-json.ts'
import type { RunStatus } from './run.ts'
import { withSharedValues } from './shared-values.ts'

/** Interval between two polls of the database. All watchers of a process share one statement. */
export const FEED_MS = 250

export interface RunNews {
  status: RunStatus
  ended: boolean
  /** JSON text of the steps after the requested one, numbered from 1. */
  steps: readonly { seq: number; record: string }[]
}

export interface RunFeed {
  /**
   * Resolves at the next poll with the changes of a run since its step `after`; undefined where there is no such run.
   */
  next(runId: string, after: number): Promise<RunNews | undefined>
}

interface Watcher {
  runId: string
  after: number
  resolve(news: RunNews | undefined): void
  reject(error: unknown): void
}

/**
 * The steps of a live run are rows of their own. Those of an ended run, and of a run in Restate, are in the row of the
 * run, in the same order. A run that ended in its request is read as a whole, because its steps may share values with
 * each other.
 */
const NEWS = `
  select w.n, r.status, r.finished_at is not null as ended,
         case when r.mode = 'sync' and r.finished_at is not null
              then json_build_object('input', r.input, 'output', r.output, 'steps', r.steps)::text end as whole,
         case when r.mode = 'sync' and r.finished_at is not null then '{}'
              when r.finished_at is null and r.steps is null
              then array(select s.record::text from run_step s where s.run_id = r.id and s.seq > w.after order by s.seq)
              else array(
                select step.value::text
                  from json_array_elements(coalesce(r.steps, '[]'::json)) with ordinality as step(value, n)
                 where step.n > w.after order by step.n) end as records
    from unnest($1::text[], $2::int[]) with ordinality as w(id, after, n) join run r on r.id = w.id
   -- With the ids themselves, partitions that have none of them are left out.
   where r.id = any($1)`

interface NewsRow {
  n: string
  status: RunStatus
  ended: boolean
  /** JSON text of a run that ended in its request. */
  whole: string | null
  /** JSON texts of the steps of every other run. */
  records: string[]
}

/**
 * Reads the news of runs from the database, to which every process writes.
 * @example
 * const feed = createRunFeed({ pool })
 * const news = await feed.next(runId, 0) // { status, ended, steps } after at most FEED_MS and one statement
 */
export function createRunFeed({ pool, everyMs = FEED_MS }: { pool: Pool; everyMs?: number }): RunFeed {
  let watchers: Watcher[] = []

  async function poll(): Promise<void> {
    const waiting = watchers
    watchers = []
    try {
      const { rows } = await pool.query<NewsRow>({
        name: 'run_news',
        text: NEWS,
        values: [waiting.map(({ runId }) => runId), waiting.map(({ after }) => after)]
      })
      const found = new Map(rows.map((row) => [Number(row.n) - 1, row]))
      for (const [index, { after, resolve }] of waiting.entries()) {
        const row = found.get(index)
        resolve(
          row && {
            status: row.status,
            ended: row.ended,
            steps: recordsOf(row, after).map((record, index) => ({ seq: after + index + 1, record }))
          }
        )
      }
    } catch (error) {
      for (const { reject } of waiting) reject(error)
    }
  }

  return {
    next: (runId, after) =>
      new Promise((resolve, reject) => {
        watchers.push({ runId, after, resolve, reject })
        if (watchers.length === 1) setTimeout(() => void poll(), everyMs)
      })
  }
}

function recordsOf({ whole, records }: NewsRow, after: number): string[] {
  if (whole === null) return records
  const { steps, ...run } = parseJson(whole) as { input: unknown; output: unknown; steps: unknown[] | null }
  return withSharedValues(steps ?? [], run)
    .slice(after)
    .map((step) => JSON.stringify(step))
}

/** A comment is sent after this many polls without news, so that proxies do not close the stream. */
const KEEP_ALIVE_POLLS = 60
/** Access is checked again after this many polls, about once a second: it may be revoked while the stream is open. */
const ACCESS_CHECK_POLLS = 4
const END = /^\d+\.end$/

/**
 * Whether this `Last-Event-ID` shows that the client has received the whole run. It is answered with 204 then, because
 * an EventSource of a browser reconnects until it gets that status.
 */
export function hasSeenAll(lastEventId: string | undefined): boolean {
  return lastEventId !== undefined && END.test(lastEventId)
}

export interface RunFollowing {
  runId: string
  /** The number of the last step received: the stream starts after it. */
  lastEventId: string | undefined
  /** Whether the client sees the steps. Otherwise it sees only the changes of status. */
  withSteps: boolean
  signal: AbortSignal
  /** Whether the client may still see the run. If not, the stream ends. */
  isAllowed(): Promise<boolean>
}

/**
 * Yields a run's server-sent events (HTML standard, section 9.2): `step` for each finished task, with its number as id,
 * and `status` on each change. Ends with the run.
 */
export async function* runEvents(
  feed: RunFeed,
  { runId, lastEventId, withSteps, signal, isAllowed }: RunFollowing
): AsyncGenerator<string> {
  let seen = lastEventId !== undefined && /^\d{1,9}$/.test(lastEventId) ? Number(lastEventId) : 0
  let status: string | undefined
  for (let polls = 1; !signal.aborted; polls++) {
    const news = await feed.next(runId, seen)
    if (!news || signal.aborted) return
    if (polls % ACCESS_CHECK_POLLS === 0 && !(await isAllowed())) return
    let text = ''
    for (const { seq, record } of news.steps) {
      if (withSteps) text += `event: step\nid: ${seq}\ndata: ${record}\n\n`
      seen = seq
    }
    if (news.ended) text += `event: status\nid: ${seen}.end\ndata: ${JSON.stringify({ status: news.status })}\n\n`
    else if (news.status !== status) text += `event: status\ndata: ${JSON.stringify({ status: news.status })}\n\n`
    else if (polls % KEEP_ALIVE_POLLS === 0) text += ':\n\n'
    status = news.status
    if (text !== '') yield text
    if (news.ended) return
  }
}
