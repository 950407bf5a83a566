import type { Pool } from 'pg'
import type { Expressions } from '../../dsl/expressions/expressions.ts'
import type { Clock } from '../../lib/clock.ts'
import { throttleReports } from '../../lib/throttle-reports.ts'
import { isUnavailable } from '../../platform/db/client.ts'
import type { Notifications } from '../../platform/db/notify.ts'
import type { Tracing } from '../../platform/tracing/tracing.ts'
import type { RunAlerts } from '../needs-mending.ts'
import type { CreatePorts } from '../ports.ts'
import type { RunTimes } from '../run-times.ts'

/** An unavailable database is logged at most this often, although several statements a second fail. */
const UNAVAILABLE_EVERY_MS = 10_000

/** What every durable engine needs, in PostgreSQL or in Restate. */
export interface EngineDeps {
  pool: Pool
  /** A direct connection, for the advisory lock of the session. */
  url: string
  notifications: Notifications
  clock: Clock
  log: { warn(details: object, message: string): void; error(details: object, message: string): void }
  expressions: Expressions
  createPorts: CreatePorts
  version: string
  /** `gateway` queues runs; `worker` and `all` also run them. */
  role: 'gateway' | 'worker' | 'all'
  recoveryMs?: number
  drainMs?: number
  /** Receives the runs that failed. */
  alerts?: RunAlerts
  tracing?: Tracing | undefined
  runTimes?: RunTimes
}

/** How an engine continues after errors. */
export interface ErrorHandling {
  /** Logs an error. Those of an unavailable database are logged at most every {@link UNAVAILABLE_EVERY_MS}. */
  onError(error: unknown): void
  /** Does work whose failure is only logged, and ignored while the engine closes. */
  attempt(work: () => Promise<unknown>): Promise<void>
}

/** @param closing aborted when the engine closes */
export function createErrorHandling(
  { log, clock }: Pick<EngineDeps, 'log' | 'clock'>,
  closing: AbortSignal
): ErrorHandling {
  const onUnavailable = throttleReports(
    (error: unknown, leftOut) =>
      log.warn({ err: error, leftOut }, 'the durable engine cannot reach the database and retries'),
    UNAVAILABLE_EVERY_MS,
    () => clock.now()
  )
  const onError = (error: unknown): void =>
    isUnavailable(error)
      ? onUnavailable(error)
      : log.warn({ err: error }, 'the durable engine met an error and continues')

  return {
    onError,
    async attempt(work) {
      try {
        await work()
      } catch (error) {
        if (!closing.aborted) onError(error)
      }
    }
  }
}
