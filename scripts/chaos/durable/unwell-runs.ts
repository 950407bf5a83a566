import type { Pool } from 'pg'
import type { ChaosFlow } from './flows.ts'
import type { Received } from './upstream.ts'

const SHOWN = 10
const STEPS_SHOWN = 12
/** Events around a run are listed for this time before its end. */
const AROUND_MS = 30_000

/** A process that was struck, and the runs that it held, if known. */
export interface Struck {
  kind: string
  at: number
  ms?: number
  runs?: readonly string[]
}

/**
 * The runs that did not succeed, each with its error, its requests at the upstream, and the processes that were struck
 * before. Times are in milliseconds before its end, or before now if it has not ended.
 */
export async function unwellRuns(
  pool: Pool,
  runs: ReadonlyMap<string, ChaosFlow>,
  received: readonly Received[],
  blows: readonly Struck[],
  /** The real time at a time of the runs' clock. */
  realTime: (at: number) => number = (at) => at
): Promise<string[]> {
  const { rows } = await pool.query<{ id: string; status: string; error: unknown; endedAt: Date | null }>(
    `select id, status, error, finished_at as "endedAt" from run where id = any($1) and status <> 'succeeded' limit $2`,
    [[...runs.keys()], SHOWN]
  )
  return rows.map(({ id, status, error, endedAt }) => {
    const end = endedAt === null ? Date.now() : Math.round(realTime(endedAt.getTime()))
    const since = ({ at }: { at: number }): boolean => at > end - AROUND_MS
    const asked = received.filter(({ run }) => run === id).map(({ step, at }) => `${step} ${at - end}`)
    const struck = blows
      .filter(since)
      .map(
        ({ kind, at, ms = 0, runs: held }) =>
          `${kind} ${at - end}${ms > 0 ? ` for ${Math.round(ms)}` : ''}${held?.includes(id) ? ' (held it)' : ''}`
      )
    return [
      `${runs.get(id)?.name} ${id} ${status}: ${JSON.stringify(error)}`,
      `asked: ${asked.slice(-STEPS_SHOWN).join(', ') || 'nothing'}`,
      `struck: ${struck.join(', ') || 'nothing'}`
    ].join('; ')
  })
}
