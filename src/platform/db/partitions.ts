import type { Pool } from 'pg'

/** `lock_not_available`: another transaction has used the table for long. The next run of the job tries again. */
const LOCK_TIMEOUT = '55P03'

/** The partitions of a table whose name ends with a date, with that date, in its order. */
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

/** The date of a time in UTC as in names of partitions, such as `20261130`. */
export function dateName(at: number): string {
  return new Date(at).toISOString().slice(0, 10).replaceAll('-', '')
}

/**
 * Runs a statement for each partition, one after the other. A partition whose lock cannot be had does not keep the
 * others from being done.
 * @param call the statement of a partition, which returns a column `done`
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
