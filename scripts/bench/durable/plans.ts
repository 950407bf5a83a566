import pg from 'pg'
import { systemClock } from '../../../src/lib/clock.ts'
import { removeExpired } from '../../../src/runs/retention.ts'
import { newRun } from '../../chaos/durable/scratch-rows.ts'
import { openWorker } from '../../chaos/durable/worker.ts'
import { benchFlow, eachOf, untilSo } from './load.ts'
import { seen } from './statements.ts'

/** Live runs beside the history: as many as one batch of a statement has. */
const LIVE = Array.from({ length: 16 }, (_, n) => `run_old${n + 1}`)

/**
 * Creates a history of so many ended runs in 100 workspaces, and 1,000 waiting runs, performs some work, and prints the
 * plan of each statement that the work used.
 */
export async function showPlans(url: string, history: number): Promise<void> {
  const worker = await openWorker(url, systemClock, { role: 'all' })
  const { pool } = worker
  await pool.query('set statement_timeout = 0')
  const filler = new pg.Client({ connectionString: url })
  filler.on('error', () => {})
  await filler.connect()
  await filler.query(
    `insert into run (id, workspace_id, listener_id, flow_id, flow_version, mode, status, token_id, request_id, caller,
      input, output, started_at, finished_at, steps)
    select 'run_old' || n, 'wsp_' || n % 100, 'lsn_' || n % 1000, 'flw', 1, 'sync',
      case when n % 50 = 0 then 'failed' else 'succeeded' end,
      'tok_' || n % 5000, 'req', '{}', '{"body":null}', '{}',
           now() - n * interval '1 second', now() - n * interval '1 second', '[]' from generate_series(1, $1::int) n`,
    [history]
  )
  await filler.query(`insert into live_run (run_id, workspace_id, listener_id, state, job_id, wake_at, queued_at)
    select 'run_old' || n, 'wsp_1', 'lsn_1', 'waiting', gen_random_uuid(), now() + interval '10 days', now()
    from generate_series(1, 1000) n`)
  await filler.query(
    `insert into run_effect (run_id, key, epoch, result) select 'run_old' || n, 'key' || k, 1, '{"value":1}' from ` +
      'generate_series(1, 1000) n, generate_series(1, 10) k'
  )
  await filler.query(
    `insert into run_step (run_id, seq, key, record) select 'run_old' || n, k, 'key' || k, ` +
      `'{"pointer":"/do/0/a"}' from generate_series(1, 1000) n, generate_series(1, 10) k`
  )
  for (const table of ['run', 'live_run', 'run_step', 'run_effect']) await filler.query(`vacuum analyze ${table}`)
  const flow = await benchFlow(
    pool,
    Array.from({ length: 3 }, (_, n) => ({ [`e${n}`]: { wait: { milliseconds: 1 } } }))
  )
  await eachOf(200, () => worker.engine.enqueue(newRun(flow, Date.now())))
  await untilSo(async () => (await worker.engine.stats()).ended >= 200, 20)
  seen.set('runs of a workspace', {
    text: `select id from run where workspace_id = $1 order by started_at desc, id desc limit 51`,
    values: ['wsp_7']
  })
  await removeExpired({ pool, clock: systemClock })
  await putLiveRunsIn(filler, history)
  for (const [name, statement] of [...seen].filter(([other]) => /durable|schedules|runs|idempotent/.test(other))) {
    await filler.query('begin')
    // The runs are held, as the statements of a holder need it. A claim takes them as if they were handed over.
    await filler.query(`update live_run set state = 'running', wake_at = null where run_id = any($1)`, [LIVE])
    const { rows } = await filler.query<{ 'QUERY PLAN': string }>(
      `explain (analyze, buffers, timing off, costs off) ${statement.text}`,
      statement.values
    )
    await filler.query('rollback')
    console.log(`\n== ${name}\n${rows.map((row) => row['QUERY PLAN']).join('\n')}`)
  }
  await filler.end()
  await worker.close()
}

/** Replaces the ended runs, with which the statements were seen, by live ones: as many as one batch has. */
async function putLiveRunsIn(client: pg.Client, history: number): Promise<void> {
  const { rows } = await client.query<{ jobId: string }>(
    'select job_id as "jobId" from live_run where run_id = any($1::text[]) order by array_position($1::text[], run_id)',
    [LIVE]
  )
  const each = <T>(value: T): T[] => LIVE.map(() => value)
  const replace = (name: string, change: (values: unknown[]) => unknown[]): void => {
    const statement = seen.get(name)
    if (statement?.values) seen.set(name, { ...statement, values: change(statement.values) })
  }
  replace('runs_expired', () => ['wsp_7', new Date(Date.now() - history * 900)])
  replace('durable_claim', () => [LIVE, rows.map(({ jobId }) => jobId), each(0), 1, []])
  replace('durable_journal_read', () => [LIVE])
  replace('durable_steps_read', () => [LIVE])
  replace('durable_end', () => [
    LIVE,
    each(0),
    each('succeeded'),
    each('{}'),
    each(null),
    each(null),
    each(''),
    each(new Date())
  ])
  replace('durable_journal', () => [
    LIVE,
    each(0),
    LIVE,
    each(0),
    each('new'),
    each('{}'),
    [],
    [],
    [],
    [],
    LIVE,
    each(0),
    each(11),
    each('new'),
    each('{}')
  ])
}
