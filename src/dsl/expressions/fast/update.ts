import type { UpdateOperator } from '../syntax/ast.ts'
import { index } from './access.ts'
import { add, divide, multiply, remainder, subtract } from './arithmetic.ts'
import { type Code, single, stream } from './code.ts'
import type { Key, Locator, Path } from './locate.ts'
import { charge, type Frame, handOver, type Run } from './run.ts'
import { compare, copyOf, emptyObject, isObject, isTrue } from './values.ts'

/** The largest number of nulls to append to an array before an index. jq handles more, or runs out of memory. */
const MAX_FILL = 1_000

const CALCULATIONS: Readonly<
  Record<Exclude<UpdateOperator, '=' | '|='>, (old: unknown, value: unknown, run: Run) => unknown>
> = {
  '+=': add,
  '-=': subtract,
  '*=': multiply,
  '/=': divide,
  '%=': remainder,
  '//=': (old, value) => (isTrue(old) ? old : value)
}

/** `target = value` and similar: for each output of `value`, the input with every place of `target` set. */
export function assign(operator: Exclude<UpdateOperator, '|='>, target: Locator, value: Code): Code {
  const calculate = operator === '=' ? (_old: unknown, fresh: unknown) => fresh : CALCULATIONS[operator]
  const apply = (input: unknown, fresh: unknown, frame: Frame): unknown => {
    let state = input
    for (const { path } of target({ path: [], value: input }, frame)) {
      const old = operator === '=' ? null : getPath(state, path, frame.run)
      state = setPath(state, path, 0, calculate(old, fresh, frame.run), frame.run)
    }
    return state
  }
  const { one } = value
  if (one !== undefined) return single((input, frame) => apply(input, one(input, frame), frame))
  return stream(function* (input, frame) {
    for (const fresh of value.many(input, frame)) yield apply(input, fresh, frame)
  })
}

/**
 * `target |= update`: every place becomes the first output of `update` for it. An update without output is left to jq.
 */
export function modify(target: Locator, update: Code): Code {
  return single((input, frame) => {
    let state = input
    for (const { path } of target({ path: [], value: input }, frame)) {
      const [found] = takeFirst(update, getPath(state, path, frame.run), frame)
      state = setPath(state, path, 0, found, frame.run)
    }
    return state
  })
}

function takeFirst(code: Code, input: unknown, frame: Frame): readonly [unknown] {
  if (code.one !== undefined) return [code.one(input, frame)]
  for (const output of code.many(input, frame)) return [output]
  return handOver()
}

/** `del(target)`. */
export function remove(target: Locator): Code {
  return single((input, frame) => {
    const paths: Path[] = []
    for (const { path } of target({ path: [], value: input }, frame)) paths.push(path)
    // From the last to the first, so that the remaining positions stay valid.
    paths.sort((a, b) => compare(b, a, frame.run))
    if (
      paths.length > 1 &&
      paths.some((path, at) => path.some(isOdd) || (at > 0 && compare(path, paths[at - 1], frame.run) === 0))
    )
      return handOver()
    return paths.reduce((state, path) => deletePath(state, path, 0, frame.run), input)
  })
}

/** Positions from the end, or between members, do not sort in the order of the members that they select. */
function isOdd(key: Key): boolean {
  return typeof key === 'number' && (key < 0 || !Number.isInteger(key))
}

function getPath(value: unknown, path: Path, run: Run): unknown {
  return path.reduce<unknown>((at, key) => (at === null ? null : index(at, key, run)), value)
}

function setPath(value: unknown, path: Path, at: number, fresh: unknown, run: Run): unknown {
  const key = path[at]
  if (key === undefined) return fresh
  const child = setPath(value === null ? null : index(value, key, run), path, at + 1, fresh, run)
  if (typeof key === 'string') {
    const builder = value === null ? emptyObject(run, 1) : isObject(value) ? copyOf(value, run, 1) : handOver()
    builder.set(key, child)
    return builder.value
  }
  const members = value === null ? [] : Array.isArray(value) ? [...(value as unknown[])] : handOver()
  const position = positionIn(members, key)
  if (position > members.length + MAX_FILL) return handOver()
  charge(run, members.length + position)
  while (members.length < position) members.push(null)
  members[position] = child
  return members
}

function deletePath(value: unknown, path: Path, at: number, run: Run): unknown {
  const key = path[at]
  if (key === undefined || value === null) return null
  const last = at === path.length - 1
  if (typeof key === 'string') {
    if (!isObject(value)) return handOver()
    if (!Object.hasOwn(value, key)) return value
    if (!last) return setPath(value, [key], 0, deletePath(value[key], path, at + 1, run), run)
    const keys = Object.keys(value)
    const builder = emptyObject(run, keys.length)
    for (const name of keys) if (name !== key) builder.set(name, value[name])
    return builder.value
  }
  if (!Array.isArray(value)) return handOver()
  charge(run, value.length)
  const position = positionIn(value, key)
  if (position >= value.length) return value
  return last
    ? value.toSpliced(position, 1)
    : setPath(value, [position], 0, deletePath(value[position], path, at + 1, run), run)
}

function positionIn(members: readonly unknown[], key: number): number {
  const at = Math.trunc(key)
  const position = at < 0 ? members.length + at : at
  return position < 0 ? handOver() : position
}
