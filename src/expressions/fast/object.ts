import { type Code, single, stream } from './code.ts'
import { charge, type Frame, raiseText } from './run.ts'
import { describe } from './text.ts'
import { ObjectBuilder } from './values.ts'

interface Entry { key: Code, value: Code }

/** `{key: value, …}`: one object for each combination of outputs, the first entry's being the outermost loop. */
export function objectOf(entries: readonly Entry[]): Code {
  if (entries.every(({ key, value }) => key.one !== undefined && value.one !== undefined)) {
    return single((input, frame) => {
      const builder = new ObjectBuilder()
      for (const { key, value } of entries) put(builder, key.one?.(input, frame), value.one?.(input, frame))
      return builder.value
    })
  }
  return stream((input, frame) => combinations(entries, [], input, frame))
}

type Pair = readonly [key: unknown, value: unknown]

function* combinations(entries: readonly Entry[], chosen: readonly Pair[], input: unknown, frame: Frame): Iterable<unknown> {
  const entry = entries[chosen.length]
  if (entry === undefined) {
    const builder = new ObjectBuilder()
    for (const [key, value] of chosen) put(builder, key, value)
    yield builder.value
    return
  }
  for (const key of entry.key.many(input, frame)) {
    for (const value of entry.value.many(input, frame)) {
      charge(frame.run, 1)
      if (typeof key !== 'string') refuseKey(key)
      yield* combinations(entries, [...chosen, [key, value]], input, frame)
    }
  }
}

function put(builder: ObjectBuilder, key: unknown, value: unknown): void {
  if (typeof key !== 'string') refuseKey(key)
  else builder.set(key, value)
}

function refuseKey(key: unknown): never {
  return raiseText(() => `Object keys must be strings, not ${describe(key)}`)
}
