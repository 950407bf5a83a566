import { stepFacts, type FlowProblem, type ShownStep, type StepRecord } from '../../dsl/index.ts'
import { parseJson } from '../../lib/exact-json.ts'

/** Limits of the steps of a simulation, which must fit into one response. */
export const SIMULATION_LIMITS = Object.freeze({
  steps: 1_000,
  /** Characters of one value, as JSON. */
  valueChars: 64 * 1024,
  /** Characters of all values together, as JSON. */
  totalChars: 4 * 1024 * 1024
})

/** Masks these secrets in JSON text. */
export type MaskJson = (json: string, secrets: ReadonlySet<string>) => string

export interface StepLog {
  readonly steps: ShownStep[]
  add(step: StepRecord): void
  /** A copy of the value with secrets masked. The flow cannot change it later. */
  masked(value: unknown): unknown
}

/** Keeps the first steps, and their values within the limits. @param secrets grows while the flow runs */
export function createStepLog(mask: MaskJson, secrets: ReadonlySet<string>): StepLog {
  const steps: ShownStep[] = []
  let left = SIMULATION_LIMITS.totalChars

  const masked = (value: unknown): unknown => {
    const json = JSON.stringify(value) as string | undefined
    return json === undefined ? undefined : parseJson(mask(json, secrets))
  }

  function shown(value: unknown): unknown {
    if (left <= 0) return { truncated: true }
    const json = JSON.stringify(value)
    const tooLong = json.length > Math.min(SIMULATION_LIMITS.valueChars, left)
    left -= Math.min(json.length, SIMULATION_LIMITS.valueChars)
    return tooLong ? { truncated: true, characters: json.length } : parseJson(mask(json, secrets))
  }

  return {
    steps,
    masked,
    add(step) {
      if (steps.length >= SIMULATION_LIMITS.steps) return
      const { input, output, error, console } = step
      steps.push({
        ...stepFacts(step),
        ...(input === undefined ? {} : { input: shown(input) }),
        ...(output === undefined ? {} : { output: shown(output) }),
        ...(error === undefined ? {} : { error: masked(error) as FlowProblem }),
        ...(console === undefined ? {} : { console: shown(console) })
      })
    }
  }
}
