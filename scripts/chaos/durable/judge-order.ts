import { countSteps, type StepCounts } from './count-steps.ts'
import { type ChaosFlow, INNER, STEPS, TURNS } from './flows.ts'
import type { Received } from './upstream.ts'

const numbers = (count: number): number[] => Array.from({ length: count }, (_, index) => index)

/** Sequences of steps. A step is requested only after the result of the step before it was stored. */
const CHAINS: readonly (readonly string[])[] = [
  numbers(STEPS).map((n) => `s${n}`),
  numbers(TURNS).map((n) => `turn ${n}`),
  ...['a', 'b', 'c'].map((branch) => numbers(5).map((n) => `${branch}${n}`)),
  ...['a', 'b'].map((branch) => [...numbers(4).map((n) => `t${branch}${n}`), 'after']),
  ['late', 'after'],
  ['before', 'flaky', 'after'],
  ['before', ...numbers(5).map((n) => `${INNER}${n}`), 'after']
]

export interface OrderVerdict extends StepCounts {
  /** Requests for a step after a later one was requested, which shows that its result had been stored. */
  finishedStepsMadeAgain: number
  madeAgain: string[]
}

/** Judges from outside, by the requests that the upstream received, because Restate keeps its own journal. */
export function judgeOrder(runs: ReadonlyMap<string, ChaosFlow>, received: readonly Received[]): OrderVerdict {
  const byRun = Map.groupBy(received, ({ run }) => run)
  const madeAgain: string[] = []
  for (const [run, requests] of byRun) {
    for (const chain of CHAINS) {
      let furthest = -1
      for (const { step, at } of requests.toSorted((a, b) => a.at - b.at)) {
        const place = chain.indexOf(step)
        if (place < 0) continue
        if (place < furthest) madeAgain.push(`${run} ${step} at ${at}`)
        furthest = Math.max(furthest, place)
      }
    }
  }
  const again = [...new Set(madeAgain)]
  return {
    ...countSteps(runs, received),
    finishedStepsMadeAgain: again.length,
    madeAgain: again.slice(0, 20)
  }
}
