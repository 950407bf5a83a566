import { performance } from 'node:perf_hooks'
import { Pool } from 'undici'

/** Requests at a fixed rate for some seconds: always to loopback, always bounded. */
export interface PacedWindow {
  url: string
  headers: Record<string, string>
  perSecond: number
  seconds: number
}

export interface PacedResult {
  requests: number
  bad: number
  /**
   * Milliseconds from when a request was due, so that a stalled server also delays the requests that become due
   * meanwhile.
   */
  p50: number
  p99: number
  max: number
}

const CONNECTIONS = 32
/** How often due requests are sent. */
const LOOK_EVERY_MS = 1

/** Sends requests evenly over the time. (A rate in autocannon is a burst at the beginning of each second.) */
export async function drivePaced({ url, headers, perSecond, seconds }: PacedWindow): Promise<PacedResult> {
  const { origin, pathname } = new URL(url)
  const pool = new Pool(origin, { connections: CONNECTIONS, pipelining: 1 })
  const latencies: number[] = []
  const answers: Promise<void>[] = []
  let bad = 0

  async function send(dueAt: number): Promise<void> {
    try {
      const { statusCode, body } = await pool.request({ path: pathname, method: 'GET', headers })
      await body.dump()
      if (statusCode >= 300) bad++
    } catch {
      bad++
    }
    latencies.push(performance.now() - dueAt)
  }

  const startedAt = performance.now()
  const all = Math.round(perSecond * seconds)
  await new Promise<void>((resolve) => {
    const timer = setInterval(() => {
      const due = Math.min(all, Math.floor(((performance.now() - startedAt) / 1000) * perSecond))
      while (answers.length < due) answers.push(send(startedAt + (answers.length / perSecond) * 1000))
      if (answers.length < all) return
      clearInterval(timer)
      resolve()
    }, LOOK_EVERY_MS)
  })
  await Promise.all(answers)
  await pool.close()
  latencies.sort((a, b) => a - b)
  const at = (share: number): number => latencies[Math.floor(latencies.length * share)] ?? NaN
  return { requests: all, bad, p50: at(0.5), p99: at(0.99), max: latencies.at(-1) ?? NaN }
}
