/**
 * SQL condition: whether a row belongs to a suspended workspace, of which nothing starts or wakes until the suspension
 * is lifted.
 * @param alias of the row, which has a column `workspace_id`
 */
export function inSuspendedWorkspace(alias: string): string {
  return `exists (select from workspace w where w.id = ${alias}.workspace_id and w.suspended_at is not null)`
}
