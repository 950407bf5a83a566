import { setTimeout as sleep } from 'node:timers/promises'
import pg, { type Pool } from 'pg'
import { ADVISORY_LOCK_CLASSES } from '../../lib/advisory-locks.ts'
import { RESTART_GRACE_SECONDS, UNSEEN_SECONDS } from './settings.ts'

/** The first half of the advisory locks of processes; the second is the process's row in `worker`. */
const LOCK_CLASS = ADVISORY_LOCK_CLASSES.worker
const RETRY_MS = 100
const HEARTBEAT_MS = 1_000
const ANSWER_MS = 5_000

/**
 * SQL: whether the process whose id is in `column` is gone. Its session, and with it its lock, has ended; or it is frozen, so that it was not seen for long.
 * After a restart of the database everybody's session has ended, for a moment.
 */
export function holderIsGone(column: string): string {
  return `pg_postmaster_start_time() < clock_timestamp() - interval '${RESTART_GRACE_SECONDS} seconds' and (
    not exists (select from pg_locks k where k.locktype = 'advisory' and k.classid = ${LOCK_CLASS} and k.objid = ${column}::oid and k.objsubid = 2
      and k.database = (select oid from pg_database where datname = current_database()))
    or exists (select from worker seen where seen.id = ${column} and seen.seen_at < clock_timestamp() - interval '${UNSEEN_SECONDS} seconds'))`
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

/** That this process lives, as the others see it. */
export interface Liveness {
  workerId: number
  /** Whether its lock was held when it was last looked at. Without, the others take its runs. */
  isHeld(): boolean
  close(): Promise<void>
}

export interface LivenessOptions {
  /** A direct connection: through a pooler in transaction mode the lock would not hold. */
  url: string
  onLost(error: unknown): void
}

/**
 * Holds a session's advisory lock for as long as this process lives. The operating system closes the session of a process that dies, however it dies,
 * and the lock falls. A session lost otherwise is made again, under the same id.
 */
export async function createLiveness({ url, onLost }: LivenessOptions): Promise<Liveness> {
  const closing = new AbortController()
  let held = true
  let client = await connect(url)
  const {
    rows: [row]
  } = await client.query<{ id: number }>('insert into worker default values returning id')
  if (!row) throw new Error('a worker got no id')
  const workerId = row.id
  await client.query('select pg_advisory_lock($1, $2)', [LOCK_CLASS, workerId])

  async function watch(): Promise<void> {
    while (!closing.signal.aborted) {
      try {
        await client.query('select 1')
        await sleep(HEARTBEAT_MS, undefined, { signal: closing.signal, ref: false })
      } catch (error) {
        if (closing.signal.aborted) return
        held = false
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
          held = true
          return
        }
        // The old session is still there on the server's side, and keeps us alive until it is noticed.
        fresh.connection.stream.destroy()
      }
      await sleep(RETRY_MS, undefined, { signal: closing.signal, ref: false }).catch(() => {})
    }
  }

  const watching = watch()
  return {
    workerId,
    isHeld: () => held,
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
  // Loss is noticed by the next heartbeat; without a listener it would end the process.
  client.on('error', () => {})
  await client.connect()
  return client
}
