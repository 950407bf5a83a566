import { ExpressionError } from './error.ts'
import type { ExpressionLimits } from './limits.ts'

export type Admit = (value: unknown) => unknown

type Limits = Pick<ExpressionLimits, 'depth' | 'valueSize'>

/**
 * The border of the room: lets JSON data in as both paths see it, so that they cannot differ over what jq cannot represent.
 *
 * A value that is clean passes as it is; one that is not is copied with each fault mended: text that is not well-formed Unicode gets
 * U+FFFD, NaN becomes null, infinities become the largest double, -0 becomes 0, members that are `undefined` are left out.
 * What was found clean is remembered, so that a document read by many expressions is walked once.
 * @throws ExpressionError `limit` for a value too deep or too large, `runtime` for what is not JSON data at all.
 */
export function createAdmit(limits: Limits): Admit {
  const clean = new WeakMap<object, Measure>()

  return value => {
    if (typeof value !== 'object' || value === null) return mendScalar(value, limits)
    if (clean.has(value)) return value
    try {
      measure(value, limits, clean)
      return value
    } catch (error) {
      if (error !== UNCLEAN) throw error
    }
    const copy = mend(value, limits, 1)
    measure(copy as object, limits, clean)
    return copy
  }
}

interface Measure { depth: number, size: number }

const UNCLEAN = Symbol('needs mending')

/** Depth and size of clean data, each object remembered; throws UNCLEAN at the first thing to mend. */
function measure(value: object, limits: Limits, clean: WeakMap<object, Measure>, level = 1): Measure {
  const known = clean.get(value)
  if (known !== undefined) {
    within(level + known.depth - 1, known.size, limits)
    return known
  }
  within(level, 0, limits)
  const found: Measure = { depth: 1, size: 1 }
  const add = (member: unknown): void => {
    found.size += 1
    if (typeof member === 'string') {
      if (!member.isWellFormed()) throw UNCLEAN
      found.size += member.length
    } else if (typeof member === 'object' && member !== null) {
      const inner = measure(member, limits, clean, level + 1)
      if (inner.depth >= found.depth) found.depth = inner.depth + 1
      found.size += inner.size
    } else if (typeof member === 'number' ? !isCleanNumber(member) : typeof member !== 'boolean' && member !== null) throw UNCLEAN
    if (found.size > limits.valueSize) within(level, found.size, limits)
  }
  if (Array.isArray(value)) for (let index = 0; index < value.length; index++) add(value[index])
  else {
    assertPlain(value)
    for (const key of Object.keys(value)) {
      if (!key.isWellFormed()) throw UNCLEAN
      found.size += key.length
      add((value as Record<string, unknown>)[key])
    }
  }
  clean.set(value, found)
  return found
}

function within(depth: number, size: number, limits: Limits): void {
  if (depth > limits.depth) throw new ExpressionError('limit', `a value is nested deeper than ${limits.depth} levels`)
  if (size > limits.valueSize) throw new ExpressionError('limit', `a value is larger than ${limits.valueSize} characters`)
}

function isCleanNumber(value: number): boolean {
  return Number.isFinite(value) && !Object.is(value, -0)
}

/** Sets an own property whatever its name: assigning to `__proto__` would set the prototype instead. */
export function setOwn(target: Record<string, unknown>, key: string, value: unknown): void {
  if (key === '__proto__') Object.defineProperty(target, key, { value, writable: true, enumerable: true, configurable: true })
  else target[key] = value
}

function mend(value: unknown, limits: Limits, level: number): unknown {
  if (typeof value !== 'object' || value === null) return mendScalar(value, limits)
  within(level, 0, limits)
  if (Array.isArray(value)) return Array.from(value, member => mend(member, limits, level + 1))
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
      throw new ExpressionError('runtime', `a ${typeof value} is not JSON data`)
  }
}

/** Only plain data: an instance of a class (a date, a secret) would be read member by member here and by its `toJSON` elsewhere. */
function assertPlain(value: object): void {
  const prototype: unknown = Object.getPrototypeOf(value)
  if (prototype === Object.prototype || prototype === null) return
  throw new ExpressionError('runtime', `${value.constructor.name || 'an object with a prototype'} is not JSON data`)
}
