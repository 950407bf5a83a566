import type { FlowProblem, ProblemOrigin } from './problem.ts'

/** How a run ended. `errors` are the places in the input that the flow's input schema refuses, where that is why. */
export type FlowOutcome =
  | { status: 'succeeded'; output: unknown }
  | {
      status: 'failed'
      error: FlowProblem
      origin: ProblemOrigin
      errors?: readonly { pointer: string; message: string }[]
    }
  | { status: 'cancelled' }
