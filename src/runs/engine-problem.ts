import { problemType, type FlowProblem } from '../dsl/index.ts'

/** What a run ends with that the engine could not carry on. */
export function engineProblem(title: string, detail: string): FlowProblem {
  return { type: problemType('runtime'), status: 500, title, detail }
}
