import { isObject } from '../lib/json.ts'
import type { RunDetail, RunSummary } from './read.ts'

/**
 * A run as tokens and customers see it: how it ended, and nothing of how. What a flow sends to other systems, and what
 * those answer, is its owner's.
 */
export interface CallerRun extends Pick<RunDetail, 'id' | 'listenerId' | 'status' | 'startedAt' | 'finishedAt'> {
  output?: unknown
  error: { status: number; title?: string } | null
}

/** With the output, for a reader of one run. */
export function callerRun(run: RunDetail): CallerRun {
  return { ...callerSummary(run), output: run.output }
}

/** Without the output, as in lists. Of an error only its status and title stay; one without a status is a 500. */
export function callerSummary(run: Omit<RunSummary, 'error'> & { error: unknown }): CallerRun {
  const { id, listenerId, status, error, startedAt, finishedAt } = run
  return { id, listenerId, status, error: errorOf(error), startedAt, finishedAt }
}

function errorOf(error: unknown): CallerRun['error'] {
  if (!isObject(error)) return null
  return {
    status: Number.isInteger(error.status) ? Number(error.status) : 500,
    ...(typeof error.title === 'string' ? { title: error.title } : {})
  }
}
