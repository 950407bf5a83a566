import { ApiProblem, Unreachable } from '../../client/index.ts'

export { ApiProblem }

/** The message of an error, as a sentence for people. */
export function messageOf(error: unknown): string {
  if (error instanceof Unreachable) return 'The gateway does not answer.'
  if (error instanceof ApiProblem && error.code === 'unknown') return `The server answered ${error.status}.`
  return error instanceof Error ? error.message : String(error)
}
