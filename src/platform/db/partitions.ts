import type { Pool } from 'pg'

/** `lock_not_available`: somebody reads the table for long. The next round tries again. */
const LOCK_TIMEOUT = '55P03'

/** The partitions of a table that have a date at the end of their name, with that date, in their order. */
export async function readDatedPartitions(
  pool: Pick<Pool, 'query'>,
  parent: string
): Promise<{ name: string; at: Date }[]> {
  const { rows } = await pool.query<{ name: string; at: Date }>(
    `select c.relname as name, to_date(right(c.relname, 8), 'YYYYMMDD')::timestamp at time zone 'UTC' as at
       from pg_inherits i join pg_class c on c.oid = i.inhrelid
      where i.inhparent = $1::regclass and c.relname ~ '_\\d{8}$' order by at`,
    [parent]
  )
  return rows
}

/** `20261130` in UTC, as partitions are named. */
export function dateName(at: number): string {
  return new Date(at).toISOString().slice(0, 10).replaceAll('-', '')
}

/**
 * Works on partitions one after the other, each in a statement of its own. One that gets no lock keeps the others from
 * nothing.
 * @param call a statement that returns `done`
 * @returns how many were done
 * @throws the error of the database
 */
export async function forEachPartition<T>(
  pool: Pick<Pool, 'query'>,
  partitions: readonly T[],
  call: (partition: T) => { text: string; values: unknown[] },
  signal?: AbortSignal
): Promise<number> {
  let count = 0
  let failure: Error | undefined
  for (const partition of partitions) {
    if (signal?.aborted) break
    try {
      const { rows } = await pool.query<{ done: boolean }>(call(partition))
      if (rows[0]?.done) count++
    } catch (error) {
      if ((error as { code?: unknown }).code !== LOCK_TIMEOUT) throw error
      failure = error as Error
    }
  }
  if (failure) throw failure
  return count
}
