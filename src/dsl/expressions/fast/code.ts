import { charge, type Frame } from './run.ts'

/** A compiled expression: its outputs for an input. */
export interface Code {
  /** Present where there is always exactly one output or an error: avoids an iterator. */
  readonly one: ((input: unknown, frame: Frame) => unknown) | undefined
  readonly many: (input: unknown, frame: Frame) => Iterable<unknown>
}

/** Code with exactly one output. */
export function single(one: (input: unknown, frame: Frame) => unknown): Code {
  return { one, many: (input, frame) => [one(input, frame)] }
}

/** Code with any number of outputs. A generator is lazy: it computes only the outputs that are read. */
export function stream(many: (input: unknown, frame: Frame) => Iterable<unknown>): Code {
  return { one: undefined, many }
}

/** A calculation over the outputs of one expression. */
export function lift1(a: Code, calculate: (input: unknown, a: unknown, frame: Frame) => unknown): Code {
  const { one } = a
  if (one !== undefined) return single((input, frame) => calculate(input, one(input, frame), frame))
  return stream(function* (input, frame) {
    for (const value of a.many(input, frame)) {
      charge(frame.run, 1)
      yield calculate(input, value, frame)
    }
  })
}

/** A calculation over every pair of outputs. The second is the outer loop and the first the inner, as in jq. */
export function lift2(a: Code, b: Code, calculate: (a: unknown, b: unknown, frame: Frame) => unknown): Code {
  const first = a.one
  const second = b.one
  if (first !== undefined && second !== undefined) {
    return single((input, frame) => {
      charge(frame.run, 1)
      const right = second(input, frame)
      return calculate(first(input, frame), right, frame)
    })
  }
  return stream(function* (input, frame) {
    for (const right of b.many(input, frame)) {
      for (const left of a.many(input, frame)) {
        charge(frame.run, 1)
        yield calculate(left, right, frame)
      }
    }
  })
}

/** All outputs as an array. */
export function collect(code: Code, input: unknown, frame: Frame): unknown[] {
  if (code.one !== undefined) return [code.one(input, frame)]
  const outputs: unknown[] = []
  for (const output of code.many(input, frame)) {
    charge(frame.run, 1)
    outputs.push(output)
  }
  return outputs
}
