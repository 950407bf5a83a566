import { call } from '../../api/call.ts'
import { refresh } from '../../api/use-api.ts'

type Replayed = { id: string; runId: string } | { id: string; error: { status: number; code: string } }

/** The largest number of runs in one call. */
const AT_ONCE = 100

/** Runs the published version again on the input of a run. Returns the id of the new run. */
export async function replayRun(id: string): Promise<string> {
  const { runId } = await call<{ runId: string }>('POST', `/v1/runs/${id}/replay`)
  await refresh('/v1/runs')
  return runId
}

/** Replays several runs. Returns how many were queued. */
export async function replayRuns(ids: readonly string[]): Promise<number> {
  let queued = 0
  try {
    for (let from = 0; from < ids.length; from += AT_ONCE) queued += await replaySome(ids.slice(from, from + AT_ONCE))
  } finally {
    await refresh('/v1/runs', '/v1/workspaces')
  }
  return queued
}

async function replaySome(ids: readonly string[]): Promise<number> {
  const { items } = await call<{ items: Replayed[] }>('POST', '/v1/runs/replay', { body: { ids } })
  return items.filter((item) => 'runId' in item).length
}
