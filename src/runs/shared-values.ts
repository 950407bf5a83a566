import { isObject } from '../lib/json.ts'

// A value that a step shares with its run, or with an earlier step, is recorded once. The other places have a JSON
// Pointer (RFC 6901) to it, relative to the run as readers see it: `inputAt` instead of `input`, `outputAt` instead of
// `output`. Records without pointers, which older versions wrote, stay readable.

/** Shorter texts stay where they are: a pointer would save nothing. */
const SHORTEST = 64

/** The values of a run that are recorded already, by the objects themselves. */
export interface SharedValues {
  /** The pointer to a recorded value; undefined for one that is not recorded, or that is too short for a pointer. */
  at(value: unknown, text: string): string | undefined
  /** Adds the output of a step by its index. */
  addOutput(value: unknown, index: number): void
}

/** Starts with the input and the output of the run. */
export function createSharedValues({ input, output }: { input: unknown; output: unknown }): SharedValues {
  const places = new Map<unknown, string>()
  places.set(output, '/output')
  places.set(input, '/input')
  return {
    at: (value, text) =>
      text.length < SHORTEST || typeof value !== 'object' || value === null ? undefined : places.get(value),
    addOutput(value, index) {
      if (typeof value === 'object' && value !== null && !places.has(value)) places.set(value, `/steps/${index}/output`)
    }
  }
}

/** The recorded steps of a run with all their values. */
export function withSharedValues(
  steps: readonly unknown[],
  { input, output }: { input: unknown; output: unknown }
): unknown[] {
  const whole: unknown[] = []
  const valueAt = (pointer: unknown): unknown => {
    if (pointer === '/input') return input
    if (pointer === '/output') return output
    const step = whole[Number(/^\/steps\/(\d+)\/output$/.exec(String(pointer))?.[1])]
    return isObject(step) ? step['output'] : undefined
  }
  for (const step of steps) {
    if (!isObject(step) || !('inputAt' in step || 'outputAt' in step)) {
      whole.push(step)
      continue
    }
    const { inputAt, outputAt, ...others } = step
    whole.push({
      ...others,
      ...(inputAt === undefined ? {} : { input: valueAt(inputAt) }),
      ...(outputAt === undefined ? {} : { output: valueAt(outputAt) })
    })
  }
  return whole
}
