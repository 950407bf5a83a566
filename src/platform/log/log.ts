import pino, { type BaseLogger, type DestinationStream, type LevelWithSilent, type LogFn } from 'pino'
import { isoTime, millisecondsText } from '../../lib/time-text.ts'
import type { CallReport } from './call-report.ts'
import { maskFields, maskText } from './redact.ts'

/** Lines are buffered up to this many bytes or this long, because a write for each line costs more than the line. */
const BUFFER_BYTES = 16_000
const FLUSH_EVERY_MS = 250
/** Routes that machines call every few seconds. Their successful calls are not logged. */
const PROBES: ReadonlySet<string> = new Set(['/healthz', '/readyz', '/metrics'])

/** The part of a logger that most rooms use. pino's loggers have it, so `request.log` and `app.log` fit. */
export type Logger = Pick<BaseLogger, 'debug' | 'info' | 'warn' | 'error'>

export interface Log extends Record<'fatal' | 'error' | 'warn' | 'info' | 'debug', LogFn> {
  /** Writes the one line of a finished call. */
  call(report: CallReport): void
  /** Writes all buffered lines before it returns. An exit of the process does the same. */
  flush(): void
}

export interface LogOptions {
  level: LevelWithSilent
  /** Default: standard output. */
  destination?: DestinationStream & { flushSync?(): void }
}

/**
 * Creates a log of JSON lines without credentials: fields whose name denotes a credential are masked, and so is text
 * anywhere that looks like one.
 */
export function createLog({ level, destination = standardOutput() }: LogOptions): Log {
  const logger = pino(
    {
      level,
      base: { pid: process.pid },
      timestamp: pino.stdTimeFunctions.isoTime,
      formatters: { level: (label) => ({ level: label }), log: maskFields },
      hooks: { streamWrite: maskText },
      // At this point an error is already described; pino's own serializer would add its other fields.
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

/** Text that JSON does not escape. */
const PLAIN = /^[ !#-[\]-~]*$/

/**
 * Writes the line of a call in the logger's format, but assembles it by hand: the logger took a seventh of the time of
 * each call. Only the path and the reason come from outside, so only these are masked.
 */
function callLine(
  level: string,
  {
    requestId,
    method,
    route,
    path,
    status,
    ms,
    ip,
    principal,
    tokenId,
    listenerId,
    runId,
    triedBy,
    traceId,
    callerTraceId,
    code,
    why
  }: CallReport
): string {
  return (
    `{"level":"${level}","time":"${isoTime(Date.now())}","pid":${process.pid},"requestId":${quoted(requestId)}` +
    `,"method":${quoted(method)},"route":${quoted(route)},"path":${quoted(maskText(readable(path)))}` +
    `,"status":${status},"ms":${millisecondsText(ms)},"ip":${quoted(ip)}` +
    `${member('principal', principal)}${member('tokenId', tokenId)}${member('listenerId', listenerId)}` +
    `${member('runId', runId)}${member('triedBy', triedBy)}${member('code', code)}${member('traceId', traceId)}` +
    member('callerTraceId', callerTraceId) +
    `${member('why', why === undefined ? undefined : maskText(why))},"msg":"call"}\n`
  )
}

function member(name: string, text: string | undefined): string {
  return text === undefined ? '' : `,"${name}":${quoted(text)}`
}

function quoted(text: string): string {
  return PLAIN.test(text) ? `"${text}"` : JSON.stringify(text)
}

/**
 * The level of a call's line. `error` is for faults of the gateway. Failures of a flow or its upstream concern the
 * owner, who finds them in the run.
 */
function levelOf({ status, code, route }: CallReport): 'error' | 'warn' | 'info' | 'debug' {
  if (code === 'internal_error' || code === 'unavailable') return 'error'
  if (status >= 500) return 'warn'
  return PROBES.has(route) && status < 400 ? 'debug' : 'info'
}

/** Decodes percent-encoding, which would hide a credential from the mask. */
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
