import { setTimeout as sleep } from 'node:timers/promises'
import pg, { type Pool } from 'pg'
import { ADVISORY_LOCK_CLASSES } from '../../lib/advisory-locks.ts'
import { RESTART_GRACE_SECONDS, UNSEEN_SECONDS } from './settings.ts'

/** First key of the advisory lock of a process; the second key is its id in `worker`. */
const LOCK_CLASS = ADVISORY_LOCK_CLASSES.worker
const RETRY_MS = 100
const HEARTBEAT_MS = 1_000
const ANSWER_MS = 5_000

/**
 * SQL condition: whether the process whose id is in `column` is gone.
 *
 * A process is one of three:
 * - alive: its session holds the advisory lock of its id. `createLiveness` takes the lock, and takes it again under
 *   the same id after a lost connection.
 * - gone, because its session has ended and its lock with it. The operating system closes the session of a process that
 *   dies, however it dies.
 * - gone, because it is frozen: `worker.seen_at`, which `touch` in held-runs.ts updates, is older than UNSEEN_SECONDS.
 *
 * After a restart of the database every session has ended for a moment: nobody is gone within RESTART_GRACE_SECONDS.
 */
export function holderIsGone(column: string): string {
  return `pg_postmaster_start_time() < clock_timestamp() - interval '${RESTART_GRACE_SECONDS} seconds' and (
    not exists (
      select from pg_locks k
       where k.locktype = 'advisory' and k.classid = ${LOCK_CLASS} and k.objid = ${column}::oid and k.objsubid = 2
         and k.database = (select oid from pg_database where datname = current_database()))
    or exists (
      select from worker seen
       where seen.id = ${column} and seen.seen_at < clock_timestamp() - interval '${UNSEEN_SECONDS} seconds'))`
}

/** Whether the process with this id is gone, in the sense of {@link holderIsGone}. */
export async function isWorkerGone(pool: Pool, workerId: number): Promise<boolean> {
  const {
    rows: [row]
  } = await pool.query<{ gone: boolean }>({
    name: 'durable_worker_gone',
    text: `select ${holderIsGone('given.id')} as gone from (values ($1::int)) as given(id)`,
    values: [workerId]
  })
  return row?.gone ?? false
}

/** Shows that this process is not frozen. */
export async function showAlive(pool: Pool, workerId: number): Promise<void> {
  await pool.query({
    name: 'durable_seen',
    text: 'update worker set seen_at = clock_timestamp() where id = $1',
    values: [workerId]
  })
}

/** Shows the other processes that this one is alive. */
export interface Liveness {
  workerId: number
  /**
   * Since when the lock has been held, on the clock of `performance.now`; undefined where it was lost. Without it,
   * other processes take over the runs of this one.
   */
  heldSince(): number | undefined
  close(): Promise<void>
}

export interface LivenessOptions {
  /** A direct connection: a pooler in transaction mode would not keep the lock. */
  url: string
  onLost(error: unknown): void
}

/** Registers this process in `worker` and holds its advisory lock for as long as the process lives. */
export async function createLiveness({ url, onLost }: LivenessOptions): Promise<Liveness> {
  const closing = new AbortController()
  let heldSince: number | undefined
  let client = await connect(url)
  const workerId = await register(client).catch(async (error: unknown) => {
    await client.end().catch(() => {})
    throw error
  })

  async function watch(): Promise<void> {
    while (!closing.signal.aborted) {
      try {
        await client.query('select 1')
        await sleep(HEARTBEAT_MS, undefined, { signal: closing.signal, ref: false })
      } catch (error) {
        if (closing.signal.aborted) return
        heldSince = undefined
        onLost(error)
        client.connection.stream.destroy()
        await reconnect()
      }
    }
  }

  async function reconnect(): Promise<void> {
    while (!closing.signal.aborted) {
      const fresh = await connect(url).catch(() => undefined)
      if (fresh) {
        const {
          rows: [taken]
        } = await fresh
          .query<{ ok: boolean }>('select pg_try_advisory_lock($1, $2) as ok', [LOCK_CLASS, workerId])
          .catch(() => ({ rows: [] }))
        if (taken?.ok) {
          client = fresh
          hold(fresh)
          return
        }
        // The server still has the old session, whose lock shows that this process is alive until the server notices
        // the loss.
        fresh.connection.stream.destroy()
      }
      await sleep(RETRY_MS, undefined, { signal: closing.signal, ref: false }).catch(() => {})
    }
  }

  /**
   * A session that ends takes the lock with it, and others see that at once. The server says that it ends the session
   * before it releases the lock, and closes the connection afterwards.
   */
  function hold(session: pg.Client): void {
    heldSince = performance.now()
    const lost = (): void => {
      if (client === session) heldSince = undefined
    }
    session.once('error', lost).once('end', lost)
  }

  hold(client)
  const watching = watch()
  return {
    workerId,
    heldSince: () => heldSince,
    async close() {
      closing.abort()
      await watching
      await client.query('delete from worker where id = $1', [workerId]).catch(() => {})
      await client.end().catch(() => {})
    }
  }
}

async function connect(url: string): Promise<pg.Client> {
  const client = new pg.Client({
    connectionString: url,
    application_name: 'sluice worker',
    keepAlive: true,
    connectionTimeoutMillis: ANSWER_MS,
    query_timeout: ANSWER_MS
  })
  // The next heartbeat notices a lost connection; without a listener the event would end the process.
  client.on('error', () => {})
  await client.connect()
  return client
}

/** Makes the process's row in `worker` and takes its lock. */
async function register(client: pg.Client): Promise<number> {
  const {
    rows: [row]
  } = await client.query<{ id: number }>('insert into worker default values returning id')
  if (!row) throw new Error('the insert of a worker returned no id')
  await client.query('select pg_advisory_lock($1, $2)', [LOCK_CLASS, row.id])
  return row.id
}
