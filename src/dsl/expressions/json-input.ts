import { ExactNumber } from '../../lib/exact-number.ts'
import { setOwn } from '../../lib/json.ts'
import { ExpressionError } from './expression.ts'
import type { ExpressionLimits } from './limits.ts'

export type JsonInput = (value: unknown) => unknown

type Limits = Pick<ExpressionLimits, 'depth' | 'valueSize'>

/**
 * Sanitizes the JSON data that enters expressions, so that the fast path and jq see the same values.
 *
 * A clean value passes unchanged. Any other value is copied and repaired: U+FFFD replaces what is not well-formed
 * Unicode, NaN becomes null, infinities become the largest double, -0 becomes 0, `undefined` members are left out.
 * @throws ExpressionError `limit` for a value too deep or too large, `runtime` for what is not JSON data.
 */
export function createJsonInput(limits: Limits): JsonInput {
  const survey = new Survey(limits)

  return (value) => {
    if (typeof value !== 'object' || value === null || value instanceof ExactNumber) return mendScalar(value, limits)
    if (survey.isClean(value)) return value
    const copy = mend(value, limits, 1) as object
    survey.isClean(copy)
    return copy
  }
}

/** Objects above this size are cached. Walking a smaller one again costs less than the memory for it. */
const REMEMBER_SIZE = 128

interface Extent {
  height: number
  size: number
}

const UNCLEAN = Symbol('needs mending')

/**
 * Walks data to find its depth, its size and whether it is clean. Walks a document once, however many expressions read
 * it.
 */
class Survey {
  readonly #limits: Limits
  readonly #known = new WeakMap<object, Extent>()
  /** Nesting of the value walked last. */
  #height = 0

  constructor(limits: Limits) {
    this.#limits = limits
  }

  /** @throws ExpressionError beyond the limits. */
  isClean(value: object): boolean {
    try {
      this.#walk(value, 1)
      return true
    } catch (error) {
      if (error === UNCLEAN) return false
      throw error
    }
  }

  /** Returns the size; throws UNCLEAN at the first value to repair. */
  #walk(value: object, level: number): number {
    const known = this.#known.get(value)
    if (known !== undefined) {
      this.#height = known.height
      within(level + known.height - 1, known.size, this.#limits)
      return known.size
    }
    within(level, 0, this.#limits)
    let size = 1
    let height = 0
    if (Array.isArray(value)) {
      for (let index = 0; index < value.length; index++) {
        size += this.#member(value[index], level)
        if (this.#height > height) height = this.#height
        if (size > this.#limits.valueSize) within(level, size, this.#limits)
      }
    } else {
      assertPlain(value)
      // `for in` is slower here: over objects of many shapes, V8 discards and regenerates its optimized code again and
      // again.
      for (const key of Object.keys(value)) {
        if (!key.isWellFormed()) throw UNCLEAN
        size += key.length + this.#member((value as Record<string, unknown>)[key], level)
        if (this.#height > height) height = this.#height
        if (size > this.#limits.valueSize) within(level, size, this.#limits)
      }
    }
    this.#height = height + 1
    if (size > REMEMBER_SIZE) this.#known.set(value, { height: height + 1, size })
    return size
  }

  #member(member: unknown, level: number): number {
    if (typeof member === 'object' && member !== null && !(member instanceof ExactNumber))
      return 1 + this.#walk(member, level + 1)
    this.#height = 0
    if (typeof member === 'string') {
      if (!member.isWellFormed()) throw UNCLEAN
      return 1 + member.length
    }
    if (member instanceof ExactNumber) return 1 + member.text.length
    if (typeof member === 'number' ? !isCleanNumber(member) : typeof member !== 'boolean' && member !== null)
      throw UNCLEAN
    return 1
  }
}

function within(depth: number, size: number, limits: Limits): void {
  if (depth > limits.depth) throw new ExpressionError('limit', `a value is nested deeper than ${limits.depth} levels`)
  if (size > limits.valueSize)
    throw new ExpressionError('limit', `a value is larger than ${limits.valueSize} characters`)
}

function isCleanNumber(value: number): boolean {
  return Number.isFinite(value) && !Object.is(value, -0)
}

function mend(value: unknown, limits: Limits, level: number): unknown {
  if (typeof value !== 'object' || value === null || value instanceof ExactNumber) return mendScalar(value, limits)
  within(level, 0, limits)
  if (Array.isArray(value)) return Array.from(value, (member) => mend(member, limits, level + 1))
  assertPlain(value)
  const copy: Record<string, unknown> = {}
  for (const [key, member] of Object.entries(value)) {
    if (member !== undefined) setOwn(copy, key.toWellFormed(), mend(member, limits, level + 1))
  }
  return copy
}

function mendScalar(value: unknown, limits: Limits): unknown {
  switch (typeof value) {
    case 'string':
      within(0, value.length, limits)
      return value.isWellFormed() ? value : value.toWellFormed()
    case 'number':
      if (isCleanNumber(value)) return value
      return Number.isNaN(value) ? null : value === 0 ? 0 : Math.sign(value) * Number.MAX_VALUE
    case 'undefined':
      return null
    case 'boolean':
      return value
    default:
      if (value === null) return null
      if (value instanceof ExactNumber) {
        within(0, value.text.length, limits)
        return value
      }
      throw new ExpressionError('runtime', `a ${typeof value} is not JSON data`)
  }
}

/**
 * Accepts plain data only: for an instance of a class (a date, a secret), this code would read the members, where other
 * code calls `toJSON`.
 */
function assertPlain(value: object): void {
  const prototype: unknown = Object.getPrototypeOf(value)
  if (prototype === Object.prototype || prototype === null) return
  throw new ExpressionError('runtime', `${value.constructor.name || 'an object with a prototype'} is not JSON data`)
}
