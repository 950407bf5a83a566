import { type ChaosFlow, INNER } from './flows.ts'

/** The options of a storm. */
export interface StormOptions {
  seconds: number
  /** How many runs of a flow are started. */
  countOf(flow: ChaosFlow): number
  processes: number
  nodes: number
  latencyMs: readonly [number, number]
  calmMs: number
  /** How long a process is frozen, in milliseconds: the minimum and the maximum. */
  freezeMs: readonly [number, number]
  /** How often the database crashes. */
  restarts: number
}

/** The flow of each run that a storm starts. */
export function planRuns(flows: Iterable<ChaosFlow>, countOf: (flow: ChaosFlow) => number): ChaosFlow[] {
  return [...flows].filter(({ name }) => name !== INNER).flatMap((flow) => Array<ChaosFlow>(countOf(flow)).fill(flow))
}

export function shuffled<T>(items: readonly T[]): T[] {
  return items
    .map((item) => [Math.random(), item] as const)
    .sort(([a], [b]) => a - b)
    .map(([, item]) => item)
}
