import { useQueries } from '@tanstack/react-query'
import { useState } from 'react'
import { readQuery, useRead } from '../../api/use-api.ts'
import type { Denial, Page, Run, RunSummary, Token } from '../../api/types.ts'

/** A call with the token, answered or refused. */
export interface LiveCall {
  id: string
  at: string
  listenerId: string | null
  /** Undefined while the run goes on. */
  ok: boolean | undefined
  answer: string
  ms: number | undefined
  runId: string | undefined
}

const EVERY_MS = 2_000
const SHOWN = 20
const READ = 100
/** What was called shortly before the page was opened belongs to the picture. */
const BEFORE_MS = 60 * 60_000
const ENDED: ReadonlySet<string> = new Set(['succeeded', 'failed', 'cancelled'])

/** The newest calls with a token, asked for again and again while the page is visible. */
export function useLiveCalls(token: Token): { calls: readonly LiveCall[]; error: unknown; loading: boolean } {
  const [since] = useState(() => new Date(Date.now() - BEFORE_MS).toISOString())
  const runs = useRead<Page<RunSummary>>('/v1/runs', { query: { since, limit: READ }, every: EVERY_MS })
  const denials = useRead<Page<Denial>>(`/v1/tokens/${token.id}/denials`, { query: { limit: SHOWN }, every: EVERY_MS })
  const own = (runs.data?.items ?? []).filter(({ caller }) => caller.tokenId === token.id).slice(0, SHOWN)
  const details = useQueries({
    // A run that has ended stays as it is: it is read once.
    queries: own
      .filter(({ status }) => ENDED.has(status))
      .map(({ id }) => ({ ...readQuery<Run>(`/v1/runs/${id}`), staleTime: Number.POSITIVE_INFINITY })),
    combine: (answers) => new Map(answers.flatMap(({ data }) => (data ? [[data.id, data]] : [])))
  })
  const calls = [
    ...own.map((run) => ofRun(run, details.get(run.id))),
    ...(denials.data?.items ?? []).filter(({ at }) => at >= since).map(ofDenial)
  ]
  return {
    calls: calls.sort((a, b) => b.at.localeCompare(a.at)).slice(0, SHOWN),
    error: runs.error ?? denials.error,
    loading: runs.data === undefined || denials.data === undefined
  }
}

function ofRun(run: RunSummary, detail: Run | undefined): LiveCall {
  return {
    id: run.id,
    at: run.startedAt,
    listenerId: run.listenerId,
    runId: run.id,
    ms: run.finishedAt ? Date.parse(run.finishedAt) - Date.parse(run.startedAt) : undefined,
    ok: run.status === 'succeeded' ? true : ENDED.has(run.status) ? false : undefined,
    answer: answerOf(run, detail)
  }
}

/** What the caller was answered, as far as the run tells. */
function answerOf(run: RunSummary, detail: Run | undefined): string {
  if (run.mode === 'async') return `202 ${run.status}`
  if (run.status === 'failed')
    return detail?.error ? `${detail.error.status} ${detail.error.title ?? 'failed'}` : 'failed'
  if (run.status !== 'succeeded') return run.status
  if (!detail) return '200'
  return detail.output === null ? '204' : '200'
}

function ofDenial({ id, at, listenerId }: Denial): LiveCall {
  return { id, at, listenerId, ok: false, answer: 'refused', ms: undefined, runId: undefined }
}
