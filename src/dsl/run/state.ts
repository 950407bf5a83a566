import type { Budget } from '../budget.ts'
import type { FlowDocument } from '../document.ts'
import type { FlowPorts, Journal, Mock, StepRecord } from '../ports.ts'
import type { Cancel } from './cancel.ts'
import { ring } from './timer.ts'
import type { ValueSizer } from './value-size.ts'

/** What one run shares, from its first task to its last. */
export interface Run {
  readonly id: string
  readonly document: FlowDocument
  readonly input: unknown
  /** `$workflow`, once an expression has asked for it. */
  workflow: Readonly<Record<string, unknown>> | undefined
  /** `$runtime`. */
  readonly runtime: Readonly<Record<string, unknown>>
  readonly ports: FlowPorts
  readonly journal: Journal | undefined
  readonly budget: Budget
  readonly measure: ValueSizer
  readonly depth: number
  readonly startedAt: number
  readonly deadline: Deadline
  readonly onStep: ((step: StepRecord) => void) | undefined
  readonly onSecret: ((value: string) => void) | undefined
  readonly mock: ((at: { pointer: string; attempt: number; key: string }) => Mock | undefined) | undefined
  /** Values of `use.secrets`, fetched when first needed. */
  secrets: Readonly<Record<string, unknown>> | undefined
}

/** The scope that tasks run in. */
export interface Frame {
  readonly run: Run
  /** `$context`: one for the flow, its own for each branch of a fork. */
  readonly branch: { context: unknown }
  /** Variables of the loops and catches around. */
  readonly locals: Readonly<Record<string, unknown>>
  readonly cancel: Cancel
  /** Turns, attempts and laps of the scopes around, in order: with a task's pointer it names one effect of the run. */
  readonly path: string
  /** Attempt of the innermost `try`, from 1. */
  readonly attempt: number
  /** Calls of functions around. */
  readonly depth: number
}

/** Names the thing that runs: a task, or the flow itself. */
export interface Identity {
  readonly name: string
  readonly pointer: string
  readonly definition: object
}

/** One performance of one task: what its expressions can read. */
export interface TaskState {
  /** Replaced while a timeout of the task's own runs. */
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
}

/** Where a task sends the flow next: the index of a sibling, or one of these. */
export type Next = number
export const NEXT: Next = -1
/** Leave this list of tasks. */
export const EXIT: Next = -2
/** End the flow. */
export const END: Next = -3

/** What the body of a task gives: `next` where it decides the way itself (`switch`, a `catch` with `then`, an `end` inside). */
export interface Done {
  output: unknown
  next?: Next | undefined
}

export type Body = (input: unknown, state: TaskState) => Done | Promise<Done>

/** An expression or template, compiled. A promise only where it must wait. */
export type Evaluate = (value: unknown, state: TaskState) => unknown

/** @throws FlowError `validation`, every place listed. */
export type Validate = (value: unknown, what: string) => void

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
  /** Whether an expression reads `$task`, whose start must then be the same when the run is resumed; and `$secrets`, which must be fetched first. */
  readonly readsTask: boolean
  readonly readsSecrets: boolean
}

export type CompiledList = readonly CompiledTask[]

export function childFrame(state: TaskState, change: Partial<Frame>): Frame {
  return { ...state.frame, path: state.path, ...change }
}

/** Ends a run that waits too long (`runTimeMs`). Armed by the first effect: a flow that only computes needs no timer, its budget counts the time. */
export class Deadline {
  readonly #root: Cancel
  #silence: (() => void) | undefined
  passed = false

  constructor(root: Cancel) {
    this.#root = root
  }

  arm(run: Run): void {
    if (this.#silence !== undefined) return
    const left = run.startedAt + run.budget.limits.runTimeMs - run.ports.now()
    this.#silence = ring(run.ports, left, () => {
      this.passed = true
      this.#root.abort()
    })
  }

  disarm(): void {
    this.#silence?.()
  }
}
