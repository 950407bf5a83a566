import type { RunFeed } from './event-stream.ts'

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
