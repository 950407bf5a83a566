import type { ClientBase } from 'pg'

/**
 * Makes the durable runs of a restored backup continue. Their processes and the jobs of the queue are gone, so every
 * run that was queued or running becomes a waiting run that is due at once; a worker then queues it again.
 * @param now milliseconds since the epoch
 */
export async function reviveRuns(client: ClientBase, now: number): Promise<void> {
  await client.query(
    `update live_run set state = 'waiting', wake_at = $1, worker_id = null, has_slot = false, epoch = epoch + 1,
            job_attempt = -1
      where state in ('queued', 'running')`,
    [new Date(now)]
  )
  await client.query('update listener_slot set used = 0')
  await client.query(
    `update run set status = 'waiting' from live_run l where run.id = l.run_id and l.state = 'waiting'
        and run.status <> 'waiting'`
  )
}
