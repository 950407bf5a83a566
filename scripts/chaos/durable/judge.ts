import { createHash } from 'node:crypto'
import type { Pool } from 'pg'
import { countSteps, type StepCounts } from './count-steps.ts'
import type { ChaosFlow } from './flows.ts'
import type { Blow } from './process-storm.ts'
import { unwellRuns } from './unwell-runs.ts'
import type { Received } from './upstream.ts'

export interface Verdict extends StepCounts {
  runs: number
  ended: Record<string, number>
  /** The runs that did not succeed, and why. */
  unwell: string[]
  finishedStepsMadeAgain: number
  /**
   * The finished steps that were made again, with the surrounding events. Times are in milliseconds after (or, if
   * negative, before) the result was recorded.
   */
  madeAgain: { run: string; step: string; requests: number[]; blows: string[] }[]
  resumeAfterKillMs: { kills: number; median: number; worst: number }
  resumeAfterFreezeMs: { freezes: number; median: number; worst: number }
}

/**
 * Records the time at which the journal stores each result. A later request for the same effect repeats finished work.
 */
export async function watchJournal(pool: Pool): Promise<void> {
  await pool.query('create table chaos_finished (run_id text, key text, at timestamptz)')
  await pool.query(`create function chaos_note() returns trigger language plpgsql as $$
    begin insert into chaos_finished values (new.run_id, new.key, clock_timestamp()); return new; end $$`)
  await pool.query('create trigger chaos_note after insert on run_effect for each row execute function chaos_note()')
}

/**
 * Compares the runs with the requests that the upstream received and the times in the journal ({@link watchJournal}).
 * @param realTime the real time at a time of the runs' clock
 */
export async function judge(
  pool: Pool,
  runs: ReadonlyMap<string, ChaosFlow>,
  received: readonly Received[],
  blows: readonly Blow[],
  realTime: (at: number) => number
): Promise<Verdict> {
  const { rows: statuses } = await pool.query<{ status: string; count: number }>(
    'select status, count(*)::int as count from run where id = any($1) group by status',
    [[...runs.keys()]]
  )
  const { rows: finished } = await pool.query<{ run: string; key: string; at: Date }>(
    'select run_id as run, key, at from chaos_finished'
  )
  const finishedAt = new Map(finished.map(({ run, key, at }) => [upstreamKey(run, key), at.getTime()]))
  const again = received.filter(({ key, at }) => at > (finishedAt.get(key) ?? Infinity))
  const requestsOf = Map.groupBy(received, ({ run }) => run)
  const resumes = (kind: Blow['kind']): number[] =>
    blows
      .filter((blow) => blow.kind === kind)
      .flatMap(({ at, runs: held }) => {
        const next = held.flatMap((run) =>
          (requestsOf.get(run) ?? [])
            .filter((request) => request.at > at)
            .slice(0, 1)
            .map((request) => request.at - at)
        )
        return next.length > 0 ? [Math.min(...next)] : []
      })
  return {
    runs: runs.size,
    ended: Object.fromEntries(statuses.map(({ status, count }) => [status, count])),
    unwell: await unwellRuns(pool, runs, received, blows, realTime),
    ...countSteps(runs, received),
    finishedStepsMadeAgain: again.length,
    madeAgain: again.map(({ run, step, key }) => {
      const at = finishedAt.get(key) ?? 0
      return {
        run,
        step,
        requests: received.filter((other) => other.key === key).map((other) => other.at - at),
        blows: blows.filter((blow) => blow.runs.includes(run)).map((blow) => `${blow.kind} ${blow.at - at}`)
      }
    }),
    resumeAfterKillMs: { kills: blows.filter(({ kind }) => kind === 'killed').length, ...spread(resumes('killed')) },
    resumeAfterFreezeMs: { freezes: blows.filter(({ kind }) => kind === 'frozen').length, ...spread(resumes('frozen')) }
  }
}

/** The Idempotency-Key of an effect in the journal. A sub-flow's key is derived from the key of the outer effect. */
function upstreamKey(run: string, journalKey: string): string {
  return journalKey
    .split('>')
    .reduce((outer, key) => createHash('sha256').update(`${outer}\n${key}`).digest('base64url'), run)
}

function spread(values: readonly number[]): { median: number; worst: number } {
  const sorted = [...values].sort((a, b) => a - b)
  return { median: sorted[Math.floor(sorted.length / 2)] ?? 0, worst: sorted.at(-1) ?? 0 }
}
