import type { NewRun } from '../engine.ts'

/** What the process of a request did of a run before it handed it to Restate. */
export interface Seed {
  /** Results of effects, as JSON texts by key. */
  effects: readonly (readonly [key: string, result: string])[]
  /** Effects that it is still making. It signals each result under `handed:` and its key. */
  underWay: readonly string[]
  /** When waits that have begun end, in milliseconds since the epoch. */
  waits: readonly (readonly [key: string, until: number])[]
  /** Finished steps, as JSON texts with secrets masked, in order. */
  steps: readonly { key: string; record: string }[]
}

/** What Restate is given for a run. */
export interface RunInput {
  run: NewRun
  /** Whether its listener limits how many runs are busy: known when the run was accepted, and not changed later. */
  limited: boolean
  seed?: Seed
}

/** The signal that brings the result of an effect which the process of the request makes. */
export function handedSignal(key: string): string {
  return `handed:${key}`
}
