import type { Pool } from 'pg'
import { createGroupCommit } from './group-commit.ts'
import { DATABASE_RETRY_MS, LARGE_RESULT_CHARACTERS } from './settings.ts'

const BATCH_MAX = 200

/** Another process holds the run, or it has ended: further results from this process are rejected. */
export class Fenced extends Error {
  override readonly name = 'Fenced'

  constructor(runId: string) {
    super(`${runId} is no longer held by this process`)
  }
}

/** The results of one holder (run id and epoch). */
export interface JournalEntry {
  runId: string
  epoch: number
  /** Results of effects, as JSON text. */
  effects: readonly { key: string; result: string }[]
  /** Steps as readers see them: JSON text, numbered from 1, secrets masked. */
  steps: readonly JournalStep[]
}

export interface JournalStep {
  seq: number
  key: string
  record: string
}

export interface JournalWriter {
  /** Resolves when the entry is durable. @throws (rejects with) Fenced */
  write(entry: JournalEntry): Promise<void>
  fencedWrites(): number
}

/**
 * The fence is part of the statement: rows are written only for a run that is still held under this epoch, and the
 * shared lock makes a claim wait until they are written. Rows are locked in the order of ids, so that batches never
 * deadlock. The statement can be repeated.
 */
const WRITE = `
  with held as (
    select l.run_id, l.epoch
      from live_run l join unnest($1::text[], $2::int[]) as given(run_id, epoch) using (run_id, epoch)
     where l.state = 'running' order by l.run_id for share of l),
  effects as (
    insert into run_effect (run_id, key, epoch, result)
    select run_id, key, epoch, result
      from unnest($3::text[], $4::int[], $5::text[], $6::json[]) as given(run_id, epoch, key, result)
      join held using (run_id, epoch)
    on conflict do nothing),
  large as (
    insert into run_large_effect (run_id, key, result)
    select run_id, key, result
      from unnest($7::text[], $8::int[], $9::text[], $10::json[]) as given(run_id, epoch, key, result)
      join held using (run_id, epoch)
    on conflict do nothing),
  steps as (
    insert into run_step (run_id, seq, key, record)
    select run_id, seq, key, record
      from unnest($11::text[], $12::int[], $13::int[], $14::text[], $15::json[])
        as given(run_id, epoch, seq, key, record)
      join held using (run_id, epoch)
    on conflict do nothing)
  select run_id as "runId", epoch from held`

/** Writes the results of many runs in one statement. Retries through a restart of the database. */
export function createJournalWriter({ pool }: { pool: Pool }): JournalWriter {
  let fenced = 0

  const write = createGroupCommit<JournalEntry, boolean>({
    batchMax: BATCH_MAX,
    retryForMs: DATABASE_RETRY_MS,
    async write(entries) {
      const holders = new Map(entries.map((entry) => [holderOf(entry), entry]))
      const effects = entries.flatMap(({ runId, epoch, effects: own }) =>
        own.map(({ key, result }) => {
          const large = result.length > LARGE_RESULT_CHARACTERS
          return { runId, epoch, key, small: large ? null : result, large: large ? result : null }
        })
      )
      const large = effects.filter((effect) => effect.large !== null)
      const steps = entries.flatMap(({ runId, epoch, steps: own }) => own.map((step) => ({ runId, epoch, ...step })))
      const { rows } = await pool.query<{ runId: string; epoch: number }>({
        name: 'durable_journal',
        text: WRITE,
        values: [
          [...holders.values()].map((entry) => entry.runId),
          [...holders.values()].map((entry) => entry.epoch),
          effects.map((effect) => effect.runId),
          effects.map((effect) => effect.epoch),
          effects.map((effect) => effect.key),
          effects.map((effect) => effect.small),
          large.map((effect) => effect.runId),
          large.map((effect) => effect.epoch),
          large.map((effect) => effect.key),
          large.map((effect) => effect.large),
          steps.map((step) => step.runId),
          steps.map((step) => step.epoch),
          steps.map((step) => step.seq),
          steps.map((step) => step.key),
          steps.map((step) => step.record)
        ]
      })
      const held = new Set(rows.map(holderOf))
      return entries.map((entry) => held.has(holderOf(entry)))
    }
  })

  return {
    async write(entry) {
      if (await write(entry)) return
      fenced++
      throw new Fenced(entry.runId)
    },
    fencedWrites: () => fenced
  }
}

function holderOf({ runId, epoch }: { runId: string; epoch: number }): string {
  return `${runId} ${epoch}`
}

const READ = `
  select e.run_id as "runId", e.key, coalesce(e.result, l.result)::text as result
    from run_effect e left join run_large_effect l on e.result is null and l.run_id = e.run_id and l.key = e.key
   where e.run_id = any($1)`

const READ_STEPS = `
  select run_id as "runId", array_agg(key) as keys, max(seq) as seq from run_step
   where run_id = any($1) group by run_id`

/**
 * Reads what earlier holders recorded, by run id. Must be called after the claim has committed: the claim waits for
 * their last writes, and only a later statement sees them.
 */
export async function readJournals(
  pool: Pool,
  runIds: readonly string[]
): Promise<Map<string, { effects: Map<string, string>; stepKeys: Set<string>; lastSeq: number }>> {
  const journals = new Map(
    runIds.map((runId) => [runId, { effects: new Map<string, string>(), stepKeys: new Set<string>(), lastSeq: 0 }])
  )
  const [effects, steps] = await Promise.all([
    pool.query<{ runId: string; key: string; result: string }>({
      name: 'durable_journal_read',
      text: READ,
      values: [runIds]
    }),
    pool.query<{ runId: string; keys: string[]; seq: number }>({
      name: 'durable_steps_read',
      text: READ_STEPS,
      values: [runIds]
    })
  ])
  for (const { runId, key, result } of effects.rows) journals.get(runId)?.effects.set(key, result)
  for (const { runId, keys, seq } of steps.rows) {
    const journal = journals.get(runId)
    if (!journal) continue
    journal.lastSeq = seq
    for (const key of keys) journal.stepKeys.add(key)
  }
  return journals
}
