import type { ChaosFlow } from './flows.ts'
import type { Received } from './upstream.ts'

/** The requests that the upstream of a storm received, compared with the steps of its runs. */
export interface StepCounts {
  stepsExpected: number
  stepsMissing: number
  requests: number
  repeatedSteps: number
  /** Repetitions of a call whose key differs: it would count twice upstream. */
  repeatsWithAnotherKey: number
}

export function countSteps(runs: ReadonlyMap<string, ChaosFlow>, received: readonly Received[]): StepCounts {
  const byStep = Map.groupBy(received, ({ run, step }) => `${run} ${step}`)
  const expected = [...runs].flatMap(([run, { steps }]) => steps.map((step) => `${run} ${step}`))
  return {
    stepsExpected: expected.length,
    stepsMissing: expected.filter((step) => !byStep.has(step)).length,
    requests: received.length,
    repeatedSteps: [...Map.groupBy(received, ({ key }) => key).values()].filter(({ length }) => length > 1).length,
    // A step that fails on purpose is requested again as another attempt, with another key.
    repeatsWithAnotherKey: [...byStep].filter(
      ([step, requests]) => !step.endsWith(' flaky') && new Set(requests.map(({ key }) => key)).size > 1
    ).length
  }
}
