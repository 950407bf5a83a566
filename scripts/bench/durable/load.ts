import { setTimeout as sleep } from 'node:timers/promises'
import type pg from 'pg'
import { insertFlow, insertWorkspace } from '../../chaos/durable/scratch-rows.ts'

export const CONCURRENT_CALLERS = 32
const DRAIN_LIMIT_MS = 120_000

export async function benchFlow(
  pool: pg.Pool,
  tasks: readonly object[]
): Promise<{ workspaceId: string; flowId: string }> {
  const workspaceId = await insertWorkspace(pool)
  return { workspaceId, flowId: await insertFlow(pool, { workspaceId, name: 'bench', tasks }) }
}

export async function eachOf(count: number, work: () => Promise<void>): Promise<void> {
  let left = count
  await Promise.all(
    Array.from({ length: CONCURRENT_CALLERS }, async () => {
      while (left-- > 0) await work()
    })
  )
}

export async function timed(work: () => Promise<void>): Promise<number> {
  const startedAt = performance.now()
  await work()
  return performance.now() - startedAt
}

export async function untilSo(isSo: () => boolean | Promise<boolean>, everyMs = 1): Promise<void> {
  const end = performance.now() + DRAIN_LIMIT_MS
  while (!(await isSo())) {
    if (performance.now() > end) throw new Error(`not done within ${DRAIN_LIMIT_MS / 1000} s`)
    await sleep(everyMs)
  }
}
