import type { Budget } from '../budget.ts'
import type { FlowDocument } from '../document.ts'
import type { JobContext } from '../expressions/expressions.ts'
import type { FlowPorts, Journal, Mock, StepRecord } from '../ports.ts'
import type { Cancel } from './cancel.ts'
import { startTimer } from './timer.ts'
import type { ValueSizer } from './value-size.ts'

/** The state of one run, shared by all its tasks. */
export interface Run {
  readonly id: string
  readonly document: FlowDocument
  readonly input: unknown
  /** `$workflow`, built when an expression first reads it. */
  workflow: Readonly<Record<string, unknown>> | undefined
  /** `$runtime`. */
  readonly runtime: Readonly<Record<string, unknown>>
  readonly ports: FlowPorts
  readonly journal: Journal | undefined
  readonly budget: Budget
  /** Keys of the events that the run and its sub-flows have received by `listen`. Each event is received once. */
  readonly heard: Set<string>
  /** Whose share of the worker threads the run uses. */
  readonly job: JobContext
  readonly sizer: ValueSizer
  readonly depth: number
  readonly startedAt: number
  readonly deadline: Deadline
  readonly onStep: ((step: StepRecord) => void) | undefined
  readonly onSecret: ((value: string) => void) | undefined
  /** Replaces the secrets that the run has read in JSON text. */
  readonly maskSecrets: (json: string) => string
  readonly mock: ((at: { pointer: string; attempt: number; key: string }) => Mock | undefined) | undefined
  /** Values of `use.secrets`, fetched on first use. */
  secrets: Readonly<Record<string, unknown>> | undefined
}

/** The scope in which tasks are performed. */
export interface Frame {
  readonly run: Run
  /** Holds `$context`: one for the flow, and one for each branch of a fork. */
  readonly branch: { context: unknown }
  /** Variables of the enclosing loops and catches. */
  readonly locals: Readonly<Record<string, unknown>>
  readonly cancel: Cancel
  /**
   * Iterations, attempts and laps of the enclosing scopes, in order. With a task's pointer it names one effect of the
   * run.
   */
  readonly path: string
  /** Attempt of the innermost `try`, from 1. */
  readonly attempt: number
  /** Number of enclosing function calls. */
  readonly depth: number
}

/** Names what runs: a task, or the flow itself. */
export interface Identity {
  readonly name: string
  readonly pointer: string
  readonly definition: object
}

/** One execution of one task: the values that its expressions can read. */
export interface TaskState {
  /** Replaced while the body runs under the task's own timeout. */
  frame: Frame
  readonly task: Identity
  readonly path: string
  readonly rawInput: unknown
  input: unknown
  rawOutput: unknown
  output: unknown
  startedAt: number
  authorization: { scheme: string; parameter: string | null } | null
  console: StepRecord['console']
  /** The run that the task started and does not wait for. */
  startedRun: StepRecord['runId']
}

/** Where the flow goes after a task: the index of a sibling, or one of these. */
export type Next = number
export const NEXT: Next = -1
/** Leaves this list of tasks. */
export const EXIT: Next = -2
/** Ends the flow. */
export const END: Next = -3

/**
 * The result of a task's body. `next` is set if the body itself decides where the flow continues: `switch`, a `catch`
 * with `then`, an `end` inside.
 */
export interface Done {
  output: unknown
  next?: Next | undefined
}

export type Body = (input: unknown, state: TaskState) => Done | Promise<Done>

/** A compiled expression or template. Returns a promise only if it must wait. */
export type Evaluate = (value: unknown, state: TaskState) => unknown

/**
 * Checks a value against a schema. Returns a promise only if the pool checks it.
 * @throws FlowError `validation` that lists every fault, or rejects with it.
 */
export type Validate = (value: unknown, what: string, state: TaskState) => void | Promise<void>

export interface CompiledTask extends Identity {
  readonly condition: Evaluate | undefined
  readonly inputSchema: Validate | undefined
  readonly inputFrom: Evaluate | undefined
  readonly body: Body
  readonly timeout: Evaluate | undefined
  readonly outputAs: Evaluate | undefined
  readonly outputSchema: Validate | undefined
  readonly exportAs: Evaluate | undefined
  readonly exportSchema: Validate | undefined
  readonly next: Next
  /**
   * `readsTask`: an expression reads `$task`, whose start must be the same when the run is resumed. `readsSecrets`: an
   * expression reads `$secrets`, which must be fetched first.
   */
  readonly readsTask: boolean
  readonly readsSecrets: boolean
}

export type CompiledList = readonly CompiledTask[]

/** The frame for what runs inside a task. It continues the path of the task unless `change` names another. */
export function childFrame(state: TaskState, change: Partial<Frame>): Frame {
  return { ...state.frame, path: state.path, ...change }
}

/** Names the timeout of the whole run. */
export const DEADLINE_KEY = '#deadline'

/**
 * Ends a run that waits longer than `runTimeMs`. The first effect starts it. A flow that only computes needs no timer,
 * because its budget counts the time.
 */
export class Deadline {
  readonly #root: Cancel
  #cancelTimer: (() => void) | undefined
  passed = false

  constructor(root: Cancel) {
    this.#root = root
  }

  arm(run: Run): void {
    if (this.#cancelTimer !== undefined) return
    this.#cancelTimer = startTimer(run.ports, run.startedAt + run.budget.limits.runTimeMs, DEADLINE_KEY, () => {
      this.passed = true
      this.#root.abort()
    })
  }

  disarm(): void {
    this.#cancelTimer?.()
  }
}
