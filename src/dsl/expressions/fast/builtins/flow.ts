import { members } from '../access.ts'
import { type Code, collect, lift1, single, stream } from '../code.ts'
import { pipe } from '../control.ts'
import { charge, type Frame, handOver, RaisedValue, type Run } from '../run.ts'
import { emptyObject, isObject, isTrue, recurse, type TypeName, typeOf } from '../values.ts'
import { fromEntries, sum, toEntries } from './collections.ts'

/** Functions that take expressions, by name and number of arguments. */
const FLOWS: Readonly<Record<string, (...args: Code[]) => Code>> = {
  'empty/0': () => stream(() => []),
  'error/1': (message) =>
    lift1(message, (_input, value) => {
      throw new RaisedValue(value)
    }),
  'recurse/0': recurse,
  'select/1': (condition) =>
    stream(function* (input, frame) {
      for (const value of condition.many(input, frame)) {
        charge(frame.run, 1)
        if (isTrue(value)) yield input
      }
    }),
  'values/0': () => only((value) => value !== null),
  'nulls/0': () => ofType('null'),
  'booleans/0': () => ofType('boolean'),
  'numbers/0': () => ofType('number'),
  'strings/0': () => ofType('string'),
  'arrays/0': () => ofType('array'),
  'objects/0': () => ofType('object'),
  'iterables/0': () => only((value) => Array.isArray(value) || isObject(value)),
  'scalars/0': () => only((value) => !Array.isArray(value) && !isObject(value)),
  'map/1': (body) => single((input, frame) => map(members(input, frame.run), body, frame)),
  'map_values/1': mapValues,
  'with_entries/1': (body) =>
    single((input, frame) => fromEntries(map(toEntries(input, frame.run), body, frame), frame.run)),
  'add/1': (source) => single((input, frame) => sum(source.many(input, frame), frame.run)),
  'any/1': (condition) =>
    some(
      stream((input, frame) => members(input, frame.run)),
      condition,
      true
    ),
  'all/1': (condition) =>
    some(
      stream((input, frame) => members(input, frame.run)),
      condition,
      false
    ),
  'any/2': (source, condition) => some(source, condition, true),
  'all/2': (source, condition) => some(source, condition, false),
  'isempty/1': (source) => single((input, frame) => source.many(input, frame)[Symbol.iterator]().next().done === true),
  'first/1': (source) =>
    stream(function* (input, frame) {
      for (const value of source.many(input, frame)) {
        yield value
        return
      }
    }),
  'last/1': (source) => stream((input, frame) => collect(source, input, frame).slice(-1)),
  'limit/2': (count, source) =>
    stream(function* (input, frame) {
      for (const most of count.many(input, frame)) yield* take(source, most, input, frame)
    }),
  'range/1': (upto) =>
    stream(function* (input, frame) {
      for (const end of upto.many(input, frame)) yield* range(0, end, frame.run)
    }),
  'range/2': (from, upto) =>
    stream(function* (input, frame) {
      for (const start of from.many(input, frame))
        for (const end of upto.many(input, frame)) yield* range(start, end, frame.run)
    }),
  'walk/1': walk
}

/** The code of a call of such a function; undefined where it is left to jq. */
export function flow(name: string, args: readonly Code[]): Code | undefined {
  const signature = `${name}/${args.length}`
  return Object.hasOwn(FLOWS, signature) ? FLOWS[signature]?.(...args) : undefined
}

function only(test: (value: unknown) => boolean): Code {
  return stream((input) => (test(input) ? [input] : []))
}

function ofType(name: TypeName): Code {
  return only((value) => typeOf(value) === name)
}

function map(values: readonly unknown[], body: Code, frame: Frame): unknown[] {
  const { one } = body
  return one === undefined
    ? collect(
        pipe(
          stream(() => values),
          body
        ),
        null,
        frame
      )
    : values.map((value) => one(value, frame))
}

/** Versions of jq differ in what `.[] |= body` does with several outputs or none, so both are left to jq. */
function mapValues(body: Code): Code {
  const { one } = body
  if (one === undefined) return stream(handOver)
  return single((input, frame) => {
    charge(frame.run, 1)
    if (Array.isArray(input)) return members(input, frame.run).map((value) => one(value, frame))
    if (!isObject(input)) return handOver()
    const keys = Object.keys(input)
    const builder = emptyObject(frame.run, keys.length)
    for (const key of keys) builder.set(key, one(input[key], frame))
    return builder.value
  })
}

/**
 * Whether an output of the conditions is true (`any`), or none is false (`all`). The first decisive output ends the
 * search.
 */
function some(source: Code, condition: Code, sought: boolean): Code {
  const tests = pipe(source, condition)
  return single((input, frame) => {
    for (const value of tests.many(input, frame)) {
      charge(frame.run, 1)
      if (isTrue(value) === sought) return sought
    }
    return !sought
  })
}

function* take(source: Code, most: unknown, input: unknown, frame: Frame): Iterable<unknown> {
  if (typeof most !== 'number' || most < 0 || !Number.isInteger(most)) return handOver()
  if (most === 0) return
  let left = most
  for (const value of source.many(input, frame)) {
    charge(frame.run, 1)
    yield value
    if (--left === 0) return
  }
}

function* range(start: unknown, end: unknown, run: Run): Iterable<number> {
  if (typeof start !== 'number' || typeof end !== 'number') return handOver()
  for (let at = start; at < end; at++) {
    charge(run, 1)
    yield at
  }
}

/** `walk(body)`: applies the body to inner values first. */
function walk(body: Code): Code {
  const { one } = body
  if (one === undefined) return stream(handOver)
  const visit = (value: unknown, frame: Frame): unknown => {
    charge(frame.run, 1)
    if (Array.isArray(value))
      return one(
        (value as readonly unknown[]).map((member) => visit(member, frame)),
        frame
      )
    if (!isObject(value)) return one(value, frame)
    const keys = Object.keys(value)
    const builder = emptyObject(frame.run, keys.length)
    for (const key of keys) builder.set(key, visit(value[key], frame))
    return one(builder.value, frame)
  }
  return single(visit)
}
