import type { Pool } from 'pg'

/** Rows of one delete: small enough not to hold up other statements, nor to end at the limit of a statement's time. */
export const DELETE_BATCH = 1_000

/** Which rows to delete: a condition in SQL with its parameters. */
export interface Rows {
  table: string
  where: string
  values: readonly unknown[]
}

/**
 * Deletes rows in batches until none is left, or until the signal is aborted. A row that is changed meanwhile may be
 * left for the next time. Not for a partitioned table: a place (`ctid`) is one in each of its partitions.
 * @returns how many
 */
export async function deleteBatches(
  pool: Pick<Pool, 'query'>,
  { table, where, values }: Rows,
  signal?: AbortSignal
): Promise<number> {
  const batch = `select ctid from ${table} where ${where} limit ${DELETE_BATCH}`
  const text = `delete from ${table} where ctid = any(array(${batch}))`
  const remove = async (): Promise<number> => (await pool.query(text, [...values])).rowCount ?? 0
  return (await inBatches(DELETE_BATCH, remove, { signal })).count
}

/**
 * Removes batches until one is not full, until the signal is aborted, or until there were `most`.
 * @param remove removes at most `size`, and returns how many
 * @returns `done`: nothing was left
 */
export async function inBatches(
  size: number,
  remove: () => Promise<number>,
  { signal, most = Infinity }: { signal?: AbortSignal | undefined; most?: number } = {}
): Promise<{ count: number; done: boolean }> {
  let count = 0
  for (let batch = 0; batch < most && !signal?.aborted; batch++) {
    const removed = await remove()
    count += removed
    if (removed < size) return { count, done: true }
  }
  return { count, done: false }
}
