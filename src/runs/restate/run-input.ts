import type { NewRun } from '../engine.ts'

/** The results of a run in its request, before it was handed over to Restate. */
export interface Seed {
  /** Results of effects, as JSON texts by key. */
  effects: readonly (readonly [key: string, result: string])[]
  /** Keys of effects that are still in progress there. Their results follow as signals (`handedSignal`). */
  underWay: readonly string[]
  /** When waits that have begun end, in milliseconds since the epoch. */
  waits: readonly (readonly [key: string, until: number])[]
  /** Finished steps, as JSON texts with secrets masked, in order. */
  steps: readonly { key: string; record: string }[]
}

/** The input of the invocation of a run. */
export interface RunInput {
  run: NewRun
  /** Whether its listener limited how many runs are busy when the run was accepted. It is not changed later. */
  limited: boolean
  seed?: Seed
}

/** The name of the signal that brings the result of an effect which the process of the request performs. */
export function handedSignal(key: string): string {
  return `handed:${key}`
}
