import type { ExpressionErrorKind } from '../expression.ts'
import type { ExpressionLimits } from '../limits.ts'

/**
 * The work of a job: run a whole jq program over a document, only compile sources, run a script, check a JSON Schema,
 * validate a value against one, read a document, or find pointers in its text. All JSON travels as text.
 */
export type Work =
  | { kind: 'run'; program: string; document: string }
  | { kind: 'check'; sources: readonly string[]; variables: readonly string[] }
  | { kind: 'script'; code: string; arguments: string; stdin: string; environment: Readonly<Record<string, string>> }
  | { kind: 'schema'; schema: string }
  | { kind: 'validate'; schema: string; value: string }
  | { kind: 'read'; text: string; format: 'json' | 'yaml' }
  | { kind: 'locate'; text: string; format: 'json' | 'yaml'; pointers: readonly string[] }

/** `progress` is the memory in which the worker reports the progress of the job: see `Progress`. */
export interface Job {
  work: Work
  progress: SharedArrayBuffer
}

/**
 * The jobs that a worker gets, to run one after the other. It returns their outcomes in this order: `null` for a job
 * that was taken back meanwhile. It leaves out jobs at the end that would take it too long.
 */
export type Batch = readonly Job[]
export type Outcomes = readonly (Outcome | null)[]

/** JSON text, or the fault. Errors travel as data, because a class does not survive the transfer between threads. */
export type Outcome = { text: string } | { fault: { kind: ExpressionErrorKind; message: string } }

/** What a worker needs from its start. */
export interface WorkerOptions extends WorkerLimits {
  /** Added to the niceness of the process: above 0, the thread gets less time. */
  niceness: number
}

/** The limits that a worker needs from its start. */
export type WorkerLimits = Pick<ExpressionLimits, 'memoryBytes' | 'scriptTimeoutMs' | 'consoleChars' | 'valueSize'>
