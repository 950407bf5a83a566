import type { Pool } from 'pg'
import type { RunStatus } from './run.ts'

/** How often those who watch are told. All of a process's watchers share one statement. */
export const FEED_MS = 250

export interface RunNews {
  status: RunStatus
  ended: boolean
  /** JSON text of the steps after the one asked for, numbered from 1. */
  steps: readonly { seq: number; record: string }[]
}

export interface RunFeed {
  /** What is new of a run since its step `after`; undefined where there is no such run. Answers at the next turn of the feed. */
  next(runId: string, after: number): Promise<RunNews | undefined>
}

interface Watcher {
  runId: string
  after: number
  resolve(news: RunNews | undefined): void
  reject(error: unknown): void
}

/** A live run's steps are rows; those of an ended one stand in its own row, in the same order. */
const NEWS = `
  select w.n, r.status, r.finished_at is not null as ended,
         case when r.finished_at is null
              then array(select s.record::text from run_step s where s.run_id = r.id and s.seq > w.after order by s.seq)
              else array(select step.value::text from json_array_elements(coalesce(r.steps, '[]'::json)) with ordinality as step(value, n) where step.n > w.after order by step.n) end as records
    from unnest($1::text[], $2::int[]) with ordinality as w(id, after, n) join run r on r.id = w.id`

/** What happens in runs, wherever they are: read from the database, which is where every process writes it. */
export function createRunFeed({ pool, everyMs = FEED_MS }: { pool: Pool; everyMs?: number }): RunFeed {
  let watchers: Watcher[] = []

  async function turn(): Promise<void> {
    const asked = watchers
    watchers = []
    try {
      const { rows } = await pool.query<{ n: string; status: RunStatus; ended: boolean; records: string[] }>({
        name: 'run_news',
        text: NEWS,
        values: [asked.map(({ runId }) => runId), asked.map(({ after }) => after)]
      })
      const found = new Map(rows.map((row) => [Number(row.n) - 1, row]))
      for (const [index, { after, resolve }] of asked.entries()) {
        const row = found.get(index)
        resolve(
          row && {
            status: row.status,
            ended: row.ended,
            steps: row.records.map((record, place) => ({ seq: after + place + 1, record }))
          }
        )
      }
    } catch (error) {
      for (const { reject } of asked) reject(error)
    }
  }

  return {
    next: (runId, after) =>
      new Promise((resolve, reject) => {
        watchers.push({ runId, after, resolve, reject })
        if (watchers.length === 1) setTimeout(() => void turn(), everyMs)
      })
  }
}

/** Something to keep proxies from closing a quiet stream, every so many turns of the feed. */
const QUIET_TURNS = 60
/** Access may be lost while somebody looks on: it is asked for again every so many turns of the feed, about once a second. */
const ACCESS_TURNS = 4
const END = /^\d+\.end$/

/** Whether this `Last-Event-ID` says that all of a run was seen. A browser's EventSource comes back until it is answered 204. */
export function hasSeenAll(lastEventId: string | undefined): boolean {
  return lastEventId !== undefined && END.test(lastEventId)
}

/**
 * A run's server-sent events (HTML, section 9.2): `step` for each finished task, with its number as id, and `status` whenever that changes. Ends with the run.
 * @param lastEventId the number of the last step seen; what follows it is told
 * @param mayGoOn whether who watches may still see the run; where not, the stream ends without a word
 */
export async function* runEvents(
  feed: RunFeed,
  runId: string,
  lastEventId: string | undefined,
  signal: AbortSignal,
  mayGoOn: () => Promise<boolean>
): AsyncGenerator<string> {
  let seen = lastEventId !== undefined && /^\d{1,9}$/.test(lastEventId) ? Number(lastEventId) : 0
  let status: string | undefined
  for (let turn = 1; !signal.aborted; turn++) {
    const news = await feed.next(runId, seen)
    if (!news || signal.aborted) return
    if (turn % ACCESS_TURNS === 0 && !(await mayGoOn())) return
    let text = ''
    for (const { seq, record } of news.steps) {
      text += `event: step\nid: ${seq}\ndata: ${record}\n\n`
      seen = seq
    }
    if (news.ended) text += `event: status\nid: ${seen}.end\ndata: ${JSON.stringify({ status: news.status })}\n\n`
    else if (news.status !== status) text += `event: status\ndata: ${JSON.stringify({ status: news.status })}\n\n`
    else if (turn % QUIET_TURNS === 0) text += ':\n\n'
    status = news.status
    if (text !== '') yield text
    if (news.ended) return
  }
}
