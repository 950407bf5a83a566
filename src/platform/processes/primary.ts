import { createBirpc } from 'birpc'
import type { ChildFunctions, PrimaryFunctions } from './children.ts'

/** The signals by which a terminal or a supervisor ends all processes at once. */
export const STOP_SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP', 'SIGQUIT'] as const

/** The primary process, as a child sees it. */
export interface Primary<Functions> {
  functions: Functions
  /** From now on the primary process may ask this child. */
  serve(functions: ChildFunctions): void
}

/** The functions of `T` as they are called in another process. */
type Remote<T> = {
  [Name in keyof T]: T[Name] extends (...args: infer Args) => infer Result
    ? (...args: Args) => Promise<Awaited<Result>>
    : never
}

/**
 * Connects a child to the process that started it. The child ignores the signals of a terminal, because the primary
 * process stops its children before itself, and exits at once when the primary process is gone.
 * @param Own the functions that the product's primary process offers besides {@link PrimaryFunctions}
 */
export function connectToPrimary<Own extends object>(): Primary<Remote<PrimaryFunctions & Own>> {
  for (const signal of STOP_SIGNALS) process.on(signal, () => {})
  const served: Partial<ChildFunctions> = {}
  const functions = createBirpc<PrimaryFunctions & Own, Partial<ChildFunctions>>(served, {
    post: (message) => void process.send?.(message),
    on: (receive) => process.on('message', receive)
  })
  return {
    functions: functions as unknown as Remote<PrimaryFunctions & Own>,
    serve: (given) => void Object.assign(served, given)
  }
}
