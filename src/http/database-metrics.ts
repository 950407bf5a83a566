import type { Pool } from 'pg'
import { Gauge, type Registry } from 'prom-client'
import { addAsyncGauge } from './async-gauge.ts'

/** Measuring a large database takes its server a while, so several scrapes share an answer. */
const FRESH_MS = 30_000
/** More pending deliveries than this are not counted one by one. */
const PENDING_MAX = 100_000

const READ = `
  select pg_database_size(current_database())::float8 as size,
         (select count(*)::int from (
            select from event_delivery where next_attempt_at is not null
             limit ${PENDING_MAX}) as deliveries) as pending,
         (select min(next_attempt_at) from event_delivery) as due,
         (select max(created_at) from signing_key where retired_at is null) as "keySince",
         (select coalesce(json_object_agg(parent, count), '{}') from (
            select p.relname as parent, count(*) from pg_inherits i
              join pg_class p on p.oid = i.inhparent join pg_namespace n on n.oid = p.relnamespace
             where n.nspname = current_schema() and p.relkind = 'p' group by 1) as parents) as partitions`

interface State {
  size: number
  pending: number
  due: Date | null
  keySince: Date | null
  partitions: Record<string, number>
}

/**
 * Collects values that only the database knows. They are the same for every process, so the largest of several readings
 * is reported. If the database does not answer, these series are left out.
 */
export function collectDatabase(registry: Registry, { pool, now }: { pool: Pick<Pool, 'query'>; now(): number }): void {
  let readAt = -Infinity
  let reading: Promise<State | undefined> = Promise.resolve(undefined)

  function state(): Promise<State | undefined> {
    if (now() - readAt < FRESH_MS) return reading
    readAt = now()
    reading = pool.query<State>(READ).then(
      ({ rows: [row] }) => row,
      () => {
        readAt = -Infinity
        return undefined
      }
    )
    return reading
  }

  function gauge(name: string, help: string, read: (state: State) => number | undefined): void {
    const readFound = async (): Promise<number | undefined> => {
      const found = await state()
      return found && read(found)
    }
    addAsyncGauge(registry, { name, help, read: readFound })
  }

  const secondsSince = (time: Date | null): number => (time ? Math.max(0, now() - time.getTime()) / 1000 : 0)
  gauge('sluice_database_size_bytes', 'Size of the database.', ({ size }) => size)
  gauge(
    'sluice_outbox_pending',
    `Deliveries of events that are to be made, up to ${PENDING_MAX}.`,
    ({ pending }) => pending
  )
  gauge('sluice_outbox_overdue_seconds', 'How long the most urgent delivery is due.', ({ due }) => secondsSince(due))
  gauge(
    'sluice_signing_key_age_seconds',
    'Age of the key that signs JWTs; absent before the first one.',
    ({ keySince }) => (keySince ? secondsSince(keySince) : undefined)
  )
  new Gauge({
    name: 'sluice_database_partitions',
    help: 'Partitions of a table.',
    labelNames: ['table'],
    aggregator: 'max',
    registers: [registry],
    async collect() {
      this.reset()
      for (const [table, count] of Object.entries((await state())?.partitions ?? {})) this.set({ table }, count)
    }
  })
}
