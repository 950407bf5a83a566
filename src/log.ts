import pino, { type DestinationStream, type LevelWithSilent, type LogFn } from 'pino'
import type { CallReport } from './http/report.ts'
import { maskFields, maskText } from './log-mask.ts'

/** Lines wait for this many bytes, or this long, before they are written: a write for each would cost more than the line. */
const BUFFER_BYTES = 16_000
const FLUSH_EVERY_MS = 250
/** Asked every few seconds by machines: their successes are noise. */
const PROBES: ReadonlySet<string> = new Set(['/healthz', '/readyz', '/metrics'])

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

/** JSON lines that hold no credential: fields that carry one are masked by their name, and text that looks like one is masked wherever it stands. */
export function createLog({ level, destination = standardOutput() }: LogOptions): Log {
  const options = {
    level,
    base: { pid: process.pid },
    timestamp: pino.stdTimeFunctions.isoTime,
    formatters: { level: (label: string) => ({ level: label }) },
    // An error has been described by then; pino's own serializer would add the fields that must not be there.
    serializers: { err: (described: unknown) => described }
  }
  const logger = pino({ ...options, formatters: { ...options.formatters, log: maskFields }, hooks: { streamWrite: maskText } }, destination)
  // Of a report only the path and the reason are text from outside: masking these alone costs a fraction of masking the line.
  const calls = pino(options, destination)

  return {
    fatal: logger.fatal.bind(logger),
    error: logger.error.bind(logger),
    warn: logger.warn.bind(logger),
    info: logger.info.bind(logger),
    debug: logger.debug.bind(logger),
    call(report) {
      if (report.cause !== undefined) return logger[levelOf(report)]({ ...report, path: readable(report.path) }, 'call')
      report.path = maskText(report.path.includes('%') ? readable(report.path) : report.path)
      if (report.why !== undefined) report.why = maskText(report.why)
      calls[levelOf(report)](report, 'call')
    },
    flush: () => destination.flushSync?.()
  }
}

/** An `error` is ours to repair. What a flow or its upstream did is its owner's, who finds it in the run. */
function levelOf({ status, code, route }: CallReport): 'error' | 'warn' | 'info' | 'debug' {
  if (code === 'internal_error' || code === 'unavailable') return 'error'
  if (status >= 500) return 'warn'
  return PROBES.has(route) && status < 400 ? 'debug' : 'info'
}

/** Without percent-encoding, which would hide a credential from the mask. */
function readable(path: string): string {
  try {
    return decodeURIComponent(path)
  } catch {
    return '(not readable)'
  }
}

function standardOutput(): pino.DestinationStream & { flushSync(): void } {
  return pino.destination({ dest: 1, sync: false, minLength: BUFFER_BYTES, periodicFlush: FLUSH_EVERY_MS })
}
