import type { Config } from '../config.ts'
import { MINUTE_MS } from '../lib/clock.ts'
import { closeWith } from '../lib/closing.ts'
import { ownVersion } from '../lib/own-version.ts'
import { throttleReports } from '../lib/throttle-reports.ts'
import type { Log } from '../platform/log/log.ts'
import { openTracing } from '../platform/tracing/open-tracing.ts'
import type { Tracing } from '../platform/tracing/tracing.ts'

/** Sending the last spans may take long, because the collector may not answer. */
const CLOSE_MS = 6_000

/**
 * Starts recording traces if a collector is configured. It is closed after the gateway, whose last calls and runs are
 * traced too.
 */
export async function startTracing(
  { tracing }: Config,
  log: Log,
  stack: AsyncDisposableStack
): Promise<Tracing | undefined> {
  if (!tracing) return undefined
  const onError = throttleReports(
    (error: Error, leftOut) => log.warn({ err: error, leftOut }, 'spans could not be sent and are lost'),
    MINUTE_MS,
    () => performance.now()
  )
  const headers = tracing.headers.reveal()
  const opened = await openTracing({ ...tracing, headers, version: ownVersion(), onError })
  return closeWith(stack, 'the export of traces', opened, CLOSE_MS)
}
