import { field, MAX_INDEX, members } from '../access.ts'
import { add } from '../arithmetic.ts'
import { charge, deeper, handOver, raise, raiseUnlessExact, type Run } from '../run.ts'
import { describe } from '../text.ts'
import { emptyObject, equal, isObject, isTrue, sortedKeys, textSteps, typeOf, type Members } from '../values.ts'
import type { Value0, Value1 } from './signature.ts'

const none: Record<string, Value0> = {
  length: (input, run) => {
    if (input === null) return 0
    if (typeof input === 'number') return Math.abs(input)
    if (Array.isArray(input)) return input.length
    if (isObject(input)) return Object.keys(input).length
    if (typeof input !== 'string')
      return raiseUnlessExact(input, undefined, () => `${describe(input, run)} has no length`)
    charge(run, textSteps(input))
    return countCodePoints(input)
  },
  keys: (input, run) => {
    if (Array.isArray(input)) return indexes(input, run)
    return isObject(input) ? sortedKeys(input, run) : raise(() => `${describe(input, run)} has no keys`)
  },
  keys_unsorted: (input, run) => {
    if (Array.isArray(input)) return indexes(input, run)
    return isObject(input) ? Object.keys(input) : raise(() => `${describe(input, run)} has no keys`)
  },
  to_entries: toEntries,
  from_entries: fromEntries,
  add: (input, run) => sum(members(input, run), run),
  any: (input, run) => members(input, run).some(isTrue),
  all: (input, run) => members(input, run).every(isTrue),
  first: (input, run) => arrayOnly(input, run).at(0) ?? null,
  last: (input, run) => arrayOnly(input, run).at(-1) ?? null,
  reverse: (input, run) => arrayOnly(input, run).toReversed(),
  flatten: (input, run) => flatten(members(input, run), Number.POSITIVE_INFINITY, run)
}

const one: Record<string, Value1> = {
  has: (input, key) => {
    if (isObject(input) && typeof key === 'string') return Object.hasOwn(input, key)
    if (Array.isArray(input) && typeof key === 'number') {
      if (Math.abs(key) > MAX_INDEX) return handOver()
      const at = Math.trunc(key)
      return at >= 0 && at < input.length
    }
    return handOver()
  },
  in: (key, input, run) => one['has']?.(input, key, run),
  contains,
  inside: (input, container, run) => contains(container, input, run),
  flatten: (input, depth, run) => {
    if (typeof depth !== 'number' || depth < 0 || !Number.isInteger(depth)) return handOver()
    return flatten(members(input, run), depth, run)
  }
}

/** Functions of arrays and objects. */
export const collections = { none, one }

/** The sum of values by jq's `+`; null for none. */
export function sum(values: Iterable<unknown>, run: Run): unknown {
  let total: unknown = null
  for (const value of values) {
    charge(run, 1)
    total = add(total, value, run)
  }
  return total
}

export function toEntries(input: unknown, run: Run): unknown[] {
  if (Array.isArray(input)) return handOver()
  if (!isObject(input)) return raise(() => `${describe(input, run)} has no keys`)
  const keys = Object.keys(input)
  charge(run, keys.length * 4)
  return keys.map((key) => ({ key, value: input[key] }))
}

/**
 * Entries with a text as `key` (or `k`, `name`, `Name`, `Key`) and `value` (or `v`, `Value`). Other shapes are left to
 * jq.
 */
export function fromEntries(input: unknown, run: Run): Members {
  const entries = members(input, run)
  const builder = emptyObject(run, entries.length)
  for (const entry of entries) {
    const key = field(entry, 'key', run)
    if (typeof key !== 'string' || !isObject(entry) || !Object.hasOwn(entry, 'value')) return handOver()
    builder.set(key, entry['value'])
  }
  return builder.value
}

function indexes(input: readonly unknown[], run: Run): number[] {
  charge(run, input.length)
  return [...input.keys()]
}

function arrayOnly(input: unknown, run: Run): readonly unknown[] {
  if (!Array.isArray(input)) return handOver()
  charge(run, 1)
  return input as readonly unknown[]
}

function countCodePoints(text: string): number {
  let count = text.length
  for (let at = 0; at < text.length; at++) {
    const unit = text.charCodeAt(at)
    if (unit >= 0xdc00 && unit <= 0xdfff) count--
  }
  return count
}

function flatten(values: readonly unknown[], depth: number, run: Run): unknown[] {
  const flat: unknown[] = []
  const put = (value: unknown, left: number): void => {
    charge(run, 1)
    if (!Array.isArray(value) || left < 0) flat.push(value)
    else for (const member of value as readonly unknown[]) put(member, left - 1)
  }
  for (const value of values) put(value, depth - 1)
  return flat
}

/**
 * Whether the first value contains every part of the second: substrings of texts, members of arrays, keys of objects.
 */
function contains(whole: unknown, part: unknown, run: Run): boolean {
  if (typeof whole === 'boolean' || typeOf(whole) !== typeOf(part)) return handOver()
  return includes(whole, part, run, 0)
}

function includes(whole: unknown, part: unknown, run: Run, level: number): boolean {
  charge(run, 1)
  if (typeof whole === 'string' && typeof part === 'string') {
    charge(run, textSteps(whole))
    return whole.includes(part)
  }
  const next = deeper(level)
  if (Array.isArray(whole) && Array.isArray(part)) {
    return part.every((sought) => (whole as readonly unknown[]).some((member) => includes(member, sought, run, next)))
  }
  if (isObject(whole) && isObject(part)) {
    return Object.keys(part).every((key) => Object.hasOwn(whole, key) && includes(whole[key], part[key], run, next))
  }
  return equal(whole, part, run)
}
