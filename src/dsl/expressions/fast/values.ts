import { compareExact, ExactNumber, isNumber, toDouble } from '../../../lib/exact-number.ts'
import { isObject, setOwn } from '../../../lib/json.ts'
import { type Code, stream } from './code.ts'
import { charge, deeper, type Frame, HAND_OVER, type Run } from './run.ts'

export type Members = Readonly<Record<string, unknown>>

export type TypeName = 'null' | 'boolean' | 'number' | 'string' | 'array' | 'object'

export function typeOf(value: unknown): TypeName {
  if (value === null) return 'null'
  if (Array.isArray(value)) return 'array'
  return value instanceof ExactNumber ? 'number' : (typeof value as TypeName)
}

export { isObject }

/** Everything but null and false. */
export function isTrue(value: unknown): boolean {
  return value !== null && value !== false
}

/** A calculated number. NaN, infinities and -0 are left to jq, which prints and compares them in its own way. */
export function number(value: number): number {
  if (!Number.isFinite(value) || Object.is(value, -0)) throw HAND_OVER
  return value
}

/** Steps for setting a member, which costs several times as much as reading one. */
const STEPS_A_MEMBER = 4

/** Copies an object so that members can be set. Counts the steps for the copy and for `more` members. */
export function copyOf(value: Members, run: Run, more = 0): ObjectBuilder {
  charge(run, (Object.keys(value).length + more) * STEPS_A_MEMBER)
  return new ObjectBuilder({ ...value })
}

/** An empty object. Counts the steps for the members that will be set. */
export function emptyObject(run: Run, members: number): ObjectBuilder {
  charge(run, members * STEPS_A_MEMBER)
  return new ObjectBuilder()
}

// JavaScript treats keys of digits as array indexes, and moves them before all other keys.
const DIGIT_0 = 0x30
const DIGIT_9 = 0x39
const INDEX_LIKE = /^(?:0|[1-9][0-9]{0,9})$/

/**
 * Builds an object member by member. jq keeps the order in which keys were added; an object that JavaScript would
 * reorder is left to jq.
 */
class ObjectBuilder {
  readonly value: Record<string, unknown>
  /**
   * A new index has to come after this one. Undefined for an object that was not built here and has to be inspected.
   */
  #last: number | undefined

  constructor(copy?: Record<string, unknown>) {
    this.value = copy ?? {}
    this.#last = copy === undefined ? -1 : undefined
  }

  set(key: string, value: unknown): void {
    if (!isIndexLike(key)) this.#last = Number.POSITIVE_INFINITY
    else if (!Object.hasOwn(this.value, key)) this.#keepOrder(Number(key))
    setOwn(this.value, key, value)
  }

  #keepOrder(index: number): void {
    if (index <= (this.#last ?? lastIndex(this.value))) throw HAND_OVER
    this.#last = index
  }
}

function isIndexLike(key: string): boolean {
  const first = key.charCodeAt(0)
  return first >= DIGIT_0 && first <= DIGIT_9 && INDEX_LIKE.test(key)
}

/** The index that comes last in an object; infinity where another key comes last. */
function lastIndex(value: Members): number {
  const last = Object.keys(value).at(-1)
  if (last === undefined) return -1
  return isIndexLike(last) ? Number(last) : Number.POSITIVE_INFINITY
}

const RANK: Readonly<Record<TypeName, number>> = { null: 0, boolean: 1, number: 2, string: 3, array: 4, object: 5 }

/**
 * jq's total order: null, false, true, numbers, strings by code point, arrays, objects by their keys and then by their
 * values.
 */
export function compare(left: unknown, right: unknown, run: Run, level = 0): number {
  if (typeof left === 'string' && typeof right === 'string') return left === right ? 0 : compareText(left, right, run)
  if (typeof left === 'number' && typeof right === 'number') return left === right ? 0 : left < right ? -1 : 1
  charge(run, 1)
  const type = typeOf(left)
  const rank = RANK[type] - RANK[typeOf(right)]
  if (rank !== 0) return rank
  switch (type) {
    case 'null':
      return 0
    case 'boolean':
      return left === right ? 0 : left === true ? 1 : -1
    case 'number':
      return compareNumbers(left, right)
    // Walks even if both sides are the same object, because jq refuses to compare values that are nested too deeply.
    case 'array':
      return compareArrays(left as unknown[], right as unknown[], run, deeper(level))
    default:
      return compareObjects(left as Members, right as Members, run, deeper(level))
  }
}

/**
 * jq compares literals by all their digits, and calculated numbers as doubles. If a double is the nearest one to a
 * number with more digits, only jq knows whether the double is a literal or calculated.
 */
function compareNumbers(left: unknown, right: unknown): number {
  if (left instanceof ExactNumber && right instanceof ExactNumber) return compareExact(left, right)
  if (!isNumber(left) || !isNumber(right)) throw HAND_OVER
  const [a, b] = [toDouble(left), toDouble(right)]
  if (a === b) throw HAND_OVER
  return a < b ? -1 : 1
}

export function equal(left: unknown, right: unknown, run: Run): boolean {
  return compare(left, right, run) === 0
}

const CHARS_A_STEP = 32

/** The steps for handling a text of this length. */
export function textSteps(text: string): number {
  return 1 + Math.floor(text.length / CHARS_A_STEP)
}

/**
 * Compares by code point, as UTF-8 bytes sort. UTF-16 units sort in the same way, except for surrogates, which
 * represent code points beyond U+FFFF.
 */
function compareText(left: string, right: string, run: Run): number {
  const length = Math.min(left.length, right.length)
  charge(run, Math.floor(length / CHARS_A_STEP))
  for (let at = 0; at < length; at++) {
    const a = left.charCodeAt(at)
    const b = right.charCodeAt(at)
    if (a !== b) return isSurrogate(a) === isSurrogate(b) ? a - b : isSurrogate(a) ? 1 : -1
  }
  return left.length - right.length
}

function isSurrogate(unit: number): boolean {
  return unit >= 0xd800 && unit <= 0xdfff
}

/** The keys in jq's order: by code point. */
export function sortedKeys(value: Members, run: Run): string[] {
  const keys = Object.keys(value)
  charge(run, keys.length * STEPS_A_MEMBER)
  return keys.sort((a, b) => compareText(a, b, run))
}

function compareArrays(left: readonly unknown[], right: readonly unknown[], run: Run, level: number): number {
  for (let at = 0; at < left.length && at < right.length; at++) {
    const order = compare(left[at], right[at], run, level)
    if (order !== 0) return order
  }
  return left.length - right.length
}

function compareObjects(left: Members, right: Members, run: Run, level: number): number {
  const keys = sortedKeys(left, run)
  const order = compareArrays(keys, sortedKeys(right, run), run, level)
  if (order !== 0) return order
  for (const key of keys) {
    const members = compare(left[key], right[key], run, level)
    if (members !== 0) return members
  }
  return 0
}

/** `..`: a value, and then everything within it, outer values first. */
export function recurse(): Code {
  return stream(walk)
}

function* walk(value: unknown, frame: Frame): Iterable<unknown> {
  charge(frame.run, 1)
  yield value
  if (Array.isArray(value)) for (const member of value as readonly unknown[]) yield* walk(member, frame)
  else if (isObject(value)) for (const key of Object.keys(value)) yield* walk(value[key], frame)
}
