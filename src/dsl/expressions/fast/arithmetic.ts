import { charge, deeper, HAND_OVER, raise, raiseUnlessExact, type Run } from './run.ts'
import { describe, splitText } from './text.ts'
import { copyOf, equal, isObject, type Members, number, textSteps } from './values.ts'

// Above this, jq's conversion to 64-bit integers and JavaScript's doubles differ.
const MAX_INTEGER = Number.MAX_SAFE_INTEGER

/** jq's `+`: numbers are added, texts and arrays joined, objects merged; null adds nothing. */
export function add(left: unknown, right: unknown, run: Run): unknown {
  if (left === null) return right
  if (right === null) return left
  if (typeof left === 'number' && typeof right === 'number') return number(left + right)
  if (typeof left === 'string' && typeof right === 'string') {
    charge(run, textSteps(left) + textSteps(right))
    return left + right
  }
  if (Array.isArray(left) && Array.isArray(right)) {
    charge(run, left.length + right.length)
    return [...(left as unknown[]), ...(right as unknown[])]
  }
  if (isObject(left) && isObject(right)) return merge(left, right, run)
  return raiseUnlessExact(left, right, () => `${describe(left, run)} and ${describe(right, run)} cannot be added`)
}

function merge(left: Members, right: Members, run: Run): Members {
  const keys = Object.keys(right)
  const result = copyOf(left, run, keys.length)
  for (const key of keys) result.set(key, right[key])
  return result.value
}

/** jq's `-`: numbers, or the members of an array without those of another. */
export function subtract(left: unknown, right: unknown, run: Run): unknown {
  if (typeof left === 'number' && typeof right === 'number') return number(left - right)
  if (Array.isArray(left) && Array.isArray(right)) {
    charge(run, left.length)
    return (left as unknown[]).filter(
      (member) =>
        !(right as unknown[]).some((gone) => {
          charge(run, 1)
          return equal(member, gone, run)
        })
    )
  }
  return raiseUnlessExact(left, right, () => `${describe(left, run)} and ${describe(right, run)} cannot be subtracted`)
}

/** jq's `*`: numbers, a repeated text, or two objects merged at every level. */
export function multiply(left: unknown, right: unknown, run: Run): unknown {
  if (typeof left === 'number' && typeof right === 'number') return number(left * right)
  if (typeof left === 'string' && typeof right === 'number') return repeat(left, right, run)
  if (typeof left === 'number' && typeof right === 'string') return repeat(right, left, run)
  if (isObject(left) && isObject(right)) return deepMerge(left, right, run, 0)
  return raiseUnlessExact(left, right, () => `${describe(left, run)} and ${describe(right, run)} cannot be multiplied`)
}

function repeat(text: string, times: number, run: Run): string | null {
  if (times < 0) return null
  const count = Math.floor(times)
  charge(run, 1 + count * textSteps(text))
  return text.repeat(count)
}

function deepMerge(left: Members, right: Members, run: Run, level: number): Members {
  const next = deeper(level)
  const keys = Object.keys(right)
  const result = copyOf(left, run, keys.length)
  for (const key of keys) {
    const old = Object.hasOwn(left, key) ? left[key] : null
    const fresh = right[key]
    result.set(key, isObject(old) && isObject(fresh) ? deepMerge(old, fresh, run, next) : fresh)
  }
  return result.value
}

/** jq's `/`: numbers, or a text split at another. */
export function divide(left: unknown, right: unknown, run: Run): unknown {
  if (typeof left === 'number' && typeof right === 'number') {
    if (right !== 0) return number(left / right)
    return raise(
      () => `${describe(left, run)} and ${describe(right, run)} cannot be divided because the divisor is zero`
    )
  }
  if (typeof left === 'string' && typeof right === 'string') return splitText(left, right, run)
  return raiseUnlessExact(left, right, () => `${describe(left, run)} and ${describe(right, run)} cannot be divided`)
}

/** The remainder of the integers truncated toward zero, with the sign of the dividend. */
export function remainder(left: unknown, right: unknown, run: Run): unknown {
  if (typeof left !== 'number' || typeof right !== 'number')
    return raiseUnlessExact(
      left,
      right,
      () => `${describe(left, run)} and ${describe(right, run)} cannot be divided (remainder)`
    )
  if (Math.abs(left) > MAX_INTEGER || Math.abs(right) > MAX_INTEGER) throw HAND_OVER
  const divisor = Math.trunc(Math.abs(right))
  if (divisor === 0)
    return raise(
      () =>
        `${describe(left, run)} and ${describe(right, run)} cannot be divided (remainder) because the divisor is zero`
    )
  return (Math.trunc(left) % divisor) + 0
}

export function negate(value: unknown): unknown {
  if (typeof value !== 'number') return raiseUnlessExact(value, undefined)
  return number(-value)
}
