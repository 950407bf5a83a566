import type { Node } from '../syntax/ast.ts'
import { type Code, single, stream } from './code.ts'
import { charge, type Frame, handOver } from './run.ts'
import { emptyObject } from './values.ts'

interface Entry {
  key: Code
  value: Code
}

/** `{key: value, …}`: one object for each combination of outputs. The first entry is the outermost loop. */
export function objectOf(entries: readonly Entry[]): Code {
  const keys = entries.map(({ key }) => key.one).filter((one) => one !== undefined)
  const values = entries.map(({ value }) => value.one).filter((one) => one !== undefined)
  if (keys.length === entries.length && values.length === entries.length) {
    return single((input, frame) => {
      const builder = emptyObject(frame.run, entries.length)
      for (let at = 0; at < entries.length; at++)
        builder.set(nameOf(keys[at]?.(input, frame)), values[at]?.(input, frame))
      return builder.value
    })
  }
  return stream((input, frame) => combinations(entries, [], input, frame))
}

type Pair = readonly [key: string, value: unknown]

function* combinations(
  entries: readonly Entry[],
  chosen: readonly Pair[],
  input: unknown,
  frame: Frame
): Iterable<unknown> {
  const entry = entries[chosen.length]
  if (entry === undefined) {
    const builder = emptyObject(frame.run, chosen.length)
    for (const [key, value] of chosen) builder.set(key, value)
    yield builder.value
    return
  }
  for (const output of entry.key.many(input, frame)) {
    const key = nameOf(output)
    for (const value of entry.value.many(input, frame)) {
      charge(frame.run, 1)
      yield* combinations(entries, [...chosen, [key, value]], input, frame)
    }
  }
}

/** jq rejects other keys: some when it compiles, others when it runs. */
function nameOf(key: unknown): string {
  return typeof key === 'string' ? key : handOver()
}

/** Expressions that jq may fold, and reject as a key, when it compiles. Plain names are safe. */
export function isConstant(key: Node): boolean {
  switch (key.kind) {
    case 'literal':
      return typeof key.value !== 'string'
    case 'identity':
    case 'array':
    case 'object':
      return true
    case 'pipe':
    case 'comma':
    case 'binary':
      return [key.left, key.right].every((side) => isConstant(side) || side.kind === 'literal')
    case 'negate':
      return isConstant(key.body)
    default:
      return false
  }
}
