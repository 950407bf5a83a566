import { useEffect } from 'react'
import { readEvents } from '../../api/events.ts'
import { ApiProblem } from '../../api/problem.ts'
import type { Run } from '../../api/types.ts'
import { useUncached } from '../../api/use-uncached.ts'
import { usePageVisible } from '../../lib/use-page-visible.ts'
import { ENDED } from './use-runs.ts'

const AGAIN_MS = 2_000

/**
 * A run, followed until it has ended, while the page is visible. It is not cached, because its data can contain
 * anything that other systems sent.
 */
export function useRun(id: string) {
  const run = useUncached<Run>(`/v1/runs/${id}`)
  const { data, refetch } = run
  const visible = usePageVisible()
  const live = data !== undefined && !ENDED.has(data.status)
  useEffect(() => {
    if (!live || !visible) return
    const stop = new AbortController()
    void follow(id, refetch, stop.signal)
    return () => stop.abort()
  }, [id, live, visible, refetch])
  return { ...run, live, listening: live && visible }
}

/**
 * Calls `onNews` for each event of the run, upon which the run is read again. A stream that ends early is opened again.
 */
async function follow(id: string, onNews: () => void, signal: AbortSignal): Promise<void> {
  while (!signal.aborted) {
    try {
      const events = readEvents(`/v1/runs/${id}/events`, { signal })
      for await (const event of events) if (event.event === 'status' || event.event === 'step') onNews()
    } catch (error) {
      // The run may not be read any more. The page learns that when it reads the run.
      if (error instanceof ApiProblem && error.status !== 429) return onNews()
    }
    await new Promise((resolve) => setTimeout(resolve, AGAIN_MS))
    if (!signal.aborted) onNews()
  }
}
