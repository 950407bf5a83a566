import { setTimeout as pause } from 'node:timers/promises'
import { Pool } from 'undici'

const TIMEOUT_MS = 30_000

/** Calls of one client, GET and POST in turn, each on a kept connection. Nothing is repeated. */
export interface Calls {
  /** Answers by their status, and errors by their code. */
  counts(): ReadonlyMap<string, number>
  total(): number
  failed(): number
  /** The first failed call and its answer. */
  example(): string | undefined
  stop(): Promise<void>
}

export interface CallsOptions {
  paths: readonly string[]
  token: string
  callers: number
  /** How long each caller waits after an answer. */
  pauseMs: number
  /** The body of every second call. */
  body: string
}

/** Starts callers that repeat their calls until they are stopped. */
export function startCalls(url: string, { paths, token, callers, pauseMs, body: posted }: CallsOptions): Calls {
  const pool = new Pool(url, { connections: callers, headersTimeout: TIMEOUT_MS, bodyTimeout: TIMEOUT_MS })
  const counts = new Map<string, number>()
  let example: string | undefined
  let calling = true

  async function call(number: number): Promise<void> {
    for (let n = number; calling; n++) {
      // Each path is called by GET and by POST.
      const posts = Math.floor(n / paths.length) % 2 === 1
      const path = paths[n % paths.length] ?? '/'
      const outcome = await pool
        .request({
          path,
          method: posts ? 'POST' : 'GET',
          headers: { Authorization: `Bearer ${token}`, 'Content-Type': 'application/json' },
          body: posts ? posted : null
        })
        .then(
          async ({ statusCode, body }) => {
            const text = await body.text()
            if (statusCode !== 200) example ??= `${path}: ${text}`
            return String(statusCode)
          },
          (error: NodeJS.ErrnoException) => error.code ?? error.message
        )
      counts.set(outcome, (counts.get(outcome) ?? 0) + 1)
      await pause(pauseMs)
    }
  }

  const calls = Promise.all(Array.from({ length: callers }, (_, number) => call(number)))
  const sum = (holds: (outcome: string) => boolean): number =>
    [...counts].reduce((total, [outcome, count]) => total + (holds(outcome) ? count : 0), 0)
  return {
    counts: () => counts,
    total: () => sum(() => true),
    example: () => example,
    failed: () => sum((outcome) => outcome !== '200'),
    async stop() {
      calling = false
      await calls
      await pool.close()
    }
  }
}
