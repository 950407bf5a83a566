import type { Pool } from 'pg'

/** The rows of one delete: few enough not to delay other statements, and not to reach the statement timeout. */
export const DELETE_BATCH = 1_000

/** Which rows to delete: a condition in SQL with its parameters. */
export interface Rows {
  table: string
  where: string
  values: readonly unknown[]
}

/**
 * Deletes rows in batches until none is left, or until the signal is aborted. A row that is changed meanwhile may be
 * left for the next time. Not for partitioned tables, because a `ctid` is unique in one partition only.
 * @returns how many rows were deleted
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
 * Removes rows in batches until a batch is not full, until the signal is aborted, or until `most` rows were removed.
 * @param remove removes at most `size` rows, and returns how many
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
