import pino, { type BaseLogger, type DestinationStream, type LevelWithSilent, type LogFn } from 'pino'
import type { CallReport } from './call-report.ts'
import { maskFields, maskText } from './redact.ts'

/**
 * Lines wait for this many bytes, or this long, before they are written: a write for each would cost more than the
 * line.
 */
const BUFFER_BYTES = 16_000
const FLUSH_EVERY_MS = 250
/** Asked every few seconds by machines: their successes are noise. */
const PROBES: ReadonlySet<string> = new Set(['/healthz', '/readyz', '/metrics'])

/** What most rooms ask of a logger: the shape of pino's own, so that `request.log` or `app.log` fits as it is. */
export type Logger = Pick<BaseLogger, 'debug' | 'info' | 'warn' | 'error'>

export interface Log extends Record<'fatal' | 'error' | 'warn' | 'info' | 'debug', LogFn> {
  /** The one line of a finished call. */
  call(report: CallReport): void
  /** Writes what waits, before it returns. An exit does so too. */
  flush(): void
}

export interface LogOptions {
  level: LevelWithSilent
  /** Default: standard output. */
  destination?: DestinationStream & { flushSync?(): void }
}

/**
 * JSON lines that hold no credential: fields that carry one are masked by their name, and text that looks like one is
 * masked wherever it stands.
 */
export function createLog({ level, destination = standardOutput() }: LogOptions): Log {
  const logger = pino(
    {
      level,
      base: { pid: process.pid },
      timestamp: pino.stdTimeFunctions.isoTime,
      formatters: { level: (label) => ({ level: label }), log: maskFields },
      hooks: { streamWrite: maskText },
      // An error has been described by then; pino's own serializer would add the fields that must not be there.
      serializers: { err: (described: unknown) => described }
    },
    destination
  )

  return {
    fatal: logger.fatal.bind(logger),
    error: logger.error.bind(logger),
    warn: logger.warn.bind(logger),
    info: logger.info.bind(logger),
    debug: logger.debug.bind(logger),
    call(report) {
      const level = levelOf(report)
      if (!logger.isLevelEnabled(level)) return
      if (report.cause !== undefined) logger[level]({ ...report, path: readable(report.path) }, 'call')
      else destination.write(callLine(level, report))
    },
    flush: () => destination.flushSync?.()
  }
}

/**
 * A call's line as the logger would write it, made in one go: this is one for every call, and took a seventh of it.
 * Of a report only the path and the reason are text from outside, so these alone are masked.
 */
function callLine(
  level: string,
  { requestId, method, route, path, status, ms, ip, principal, tokenId, listenerId, runId, code, why }: CallReport
): string {
  return `${JSON.stringify({
    level,
    time: new Date().toISOString(),
    pid: process.pid,
    requestId,
    method,
    route,
    path: maskText(readable(path)),
    status,
    ms,
    ip,
    principal,
    tokenId,
    listenerId,
    runId,
    code,
    why: why === undefined ? undefined : maskText(why),
    msg: 'call'
  })}\n`
}

/** An `error` is ours to repair. What a flow or its upstream did is its owner's, who finds it in the run. */
function levelOf({ status, code, route }: CallReport): 'error' | 'warn' | 'info' | 'debug' {
  if (code === 'internal_error' || code === 'unavailable') return 'error'
  if (status >= 500) return 'warn'
  return PROBES.has(route) && status < 400 ? 'debug' : 'info'
}

/** Without percent-encoding, which would hide a credential from the mask. */
function readable(path: string): string {
  if (!path.includes('%')) return path
  try {
    return decodeURIComponent(path)
  } catch {
    return '(not readable)'
  }
}

function standardOutput(): pino.DestinationStream & { flushSync(): void } {
  return pino.destination({ dest: 1, sync: false, minLength: BUFFER_BYTES, periodicFlush: FLUSH_EVERY_MS })
}
