import { type Code, stream } from './code.ts'
import { charge, type Frame } from './run.ts'
import { isObject } from './values.ts'

/** `..`: a value and all that is within it, outside in. */
export function recurse(): Code {
  return stream(walk)
}

function* walk(value: unknown, frame: Frame): Iterable<unknown> {
  charge(frame.run, 1)
  yield value
  if (Array.isArray(value)) for (const member of value as readonly unknown[]) yield* walk(member, frame)
  else if (isObject(value)) for (const key of Object.keys(value)) yield* walk(value[key], frame)
}
