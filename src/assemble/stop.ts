import { setTimeout as sleep } from 'node:timers/promises'
import closeWithGrace from 'close-with-grace'
import { allErrors } from '../lib/closing.ts'
import type { Log } from '../platform/log/log.ts'

/**
 * The longest that a stop may take after draining: more than the budgets of all parts together. Each part is abandoned
 * after its own budget, so only a bug reaches this limit.
 */
export const STOP_MAX_MS = 120_000

export interface StopOptions {
  log: Log
  /** What the start opened, closed in reverse order. */
  opened: AsyncDisposableStack
  /** Tells proxies that this process is about to stop. */
  drain(): void
  /** The time between draining and closing, after SIGTERM. */
  drainMs: number
  /** Signals that do not stop this process. */
  skip: closeWithGrace.AllEvents[]
}

/**
 * Stops this process in order at a signal, at an uncaught error, or when `stop` is called. The exit code is 1 after an
 * uncaught error, and if a part did not stop in order.
 */
export function stopOnSignals({ log, opened, drain, drainMs, skip }: StopOptions): { stop(): void } {
  const closing = closeWithGrace({ delay: drainMs + STOP_MAX_MS, logger: false, skip }, async ({ signal, err }) => {
    if (err) log.error({ err }, 'an uncaught error')
    else log.info({ signal }, 'stopping')
    // SIGTERM comes from a supervisor: its proxy must learn of the stop before the process stops. Ctrl-C stops at once.
    if (signal === 'SIGTERM') {
      drain()
      await sleep(drainMs)
    }
    try {
      await opened.disposeAsync()
    } catch (error) {
      for (const each of allErrors(error)) {
        log.error({ err: each }, 'a part could not be closed')
        process.stderr.write(`Not stopped in order: ${(each as Error).message}\n`)
      }
      log.flush()
      throw error
    }
    log.flush()
  })
  return { stop: () => closing.close() }
}
