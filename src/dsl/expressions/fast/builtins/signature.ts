import type { Run } from '../run.ts'

/** A function of its input alone, with one output. */
export type Value0 = (input: unknown, run: Run) => unknown

/** A function of its input and one argument, with one output for each output of the argument. */
export type Value1 = (input: unknown, argument: unknown, run: Run) => unknown
