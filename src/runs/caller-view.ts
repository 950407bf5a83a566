import { isObject } from '../lib/json.ts'
import type { RunDetail, RunSummary } from './read.ts'

/**
 * A run as tokens and customers see it: its result without the steps. What a flow sends to other systems, and what they
 * answer, belongs to its owner.
 */
export interface CallerRun extends Pick<RunDetail, 'id' | 'listenerId' | 'status' | 'startedAt' | 'finishedAt'> {
  output?: unknown
  error: { status: number; title?: string } | null
}

/** With the output, for a reader of one run. */
export function callerRun(run: RunDetail): CallerRun {
  return { ...callerSummary(run), output: run.output }
}

/** Without the output, as in lists. An error keeps only its status (500 where it has none) and its title. */
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
