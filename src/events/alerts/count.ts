import type { Execute } from '../emit.ts'
import type { Alert } from './alert.ts'

/** In the order of the key, so that two processes that count the same groups never deadlock. */
const COUNT = `
  insert into alert_group (workspace_id, type, subject, count, since, details)
  select g.workspace_id, g.type, g.subject, g.count, g.since, g.details::json
    from unnest($1::text[], $2::text[], $3::text[], $4::int[], $5::timestamptz[], $6::text[])
      as g(workspace_id, type, subject, count, since, details)
    join workspace w on w.id = g.workspace_id
   order by g.workspace_id, g.type, g.subject
  on conflict (workspace_id, type, subject) do update
     set count = alert_group.count + excluded.count, since = coalesce(alert_group.since, excluded.since),
         details = excluded.details`

/** Adds occurrences to their groups, which `reportAlerts` reports. Pass at most one alert per group. */
export async function countAlerts(execute: Execute, alerts: readonly Alert[]): Promise<void> {
  if (alerts.length === 0) return
  await execute(COUNT, [
    alerts.map(({ workspaceId }) => workspaceId),
    alerts.map(({ type }) => type),
    alerts.map(({ subject }) => subject),
    alerts.map(({ count }) => count),
    alerts.map(({ since }) => new Date(since).toISOString()),
    alerts.map(({ details }) => JSON.stringify(details))
  ])
}
