import { setTimeout as sleep } from 'node:timers/promises'
import type pg from 'pg'
import { insertFlow, insertWorkspace } from '../../chaos/durable/scratch-rows.ts'

export const CONCURRENT_CALLERS = 32
const DRAIN_LIMIT_MS = 120_000

/** Inserts a workspace with a published flow. */
export async function benchFlow(
  pool: pg.Pool,
  tasks: readonly object[]
): Promise<{ workspaceId: string; flowId: string }> {
  const workspaceId = await insertWorkspace(pool)
  return { workspaceId, flowId: await insertFlow(pool, { workspaceId, name: 'bench', tasks }) }
}

/** Does the work `count` times, in {@link CONCURRENT_CALLERS} concurrent loops. */
export async function eachOf(count: number, work: () => Promise<void>): Promise<void> {
  let left = count
  await Promise.all(
    Array.from({ length: CONCURRENT_CALLERS }, async () => {
      while (left-- > 0) await work()
    })
  )
}

/** Resolves to the milliseconds that the work took. */
export async function timed(work: () => Promise<void>): Promise<number> {
  const startedAt = performance.now()
  await work()
  return performance.now() - startedAt
}

/** Polls until the condition holds. @throws Error after {@link DRAIN_LIMIT_MS} */
export async function untilSo(isSo: () => boolean | Promise<boolean>, everyMs = 1): Promise<void> {
  const end = performance.now() + DRAIN_LIMIT_MS
  while (!(await isSo())) {
    if (performance.now() > end) throw new Error(`not done within ${DRAIN_LIMIT_MS / 1000} s`)
    await sleep(everyMs)
  }
}
