import type { ExpressionErrorKind } from '../expression.ts'
import type { ExpressionLimits } from '../limits.ts'

/** What a worker is asked: run a whole jq program over a document, only compile some, or run a script. All JSON travels as text. */
export type Work =
  | { kind: 'run'; program: string; document: string }
  | { kind: 'check'; sources: readonly string[]; variables: readonly string[] }
  | { kind: 'script'; code: string; arguments: string; stdin: string; environment: Readonly<Record<string, string>> }

/** `startedAt` is shared memory: the worker writes there when it begins, so that waiting and starting up do not count as running. */
export interface Job {
  work: Work
  startedAt: Float64Array<SharedArrayBuffer>
}

/** JSON text, or why there is none. Errors travel as data: a class does not survive the way between threads. */
export type Outcome = { text: string } | { fault: { kind: ExpressionErrorKind; message: string } }

/** What a worker has to know from its start. */
export type WorkerLimits = Pick<ExpressionLimits, 'memoryBytes' | 'scriptTimeoutMs' | 'consoleChars' | 'valueSize'>

/** Milliseconds on a clock that all threads of the process share, unlike `performance.now()`. */
export function sharedNow(): number {
  return Number(process.hrtime.bigint()) / 1e6
}
