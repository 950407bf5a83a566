import { charge, HAND_OVER, raise, raiseUnlessExact, type Run } from './run.ts'
import { describe } from './text.ts'
import { isObject, textSteps, typeOf, type Members } from './values.ts'

/** jq's positions are 32-bit integers. Other numbers are left to jq. */
export const MAX_INDEX = 2 ** 31 - 1

/** `.name` and `.["name"]`: own members only, whatever the name. */
export function field(target: unknown, key: string, run: Run): unknown {
  charge(run, 1)
  if (target === null) return null
  if (isObject(target)) return Object.hasOwn(target, key) ? target[key] : null
  return raise(() => `Cannot index ${typeOf(target)} with ${describe(key, run)}`)
}

/** `.[key]`. */
export function index(target: unknown, key: unknown, run: Run): unknown {
  if (typeof key === 'string') return field(target, key, run)
  charge(run, 1)
  if (typeof key === 'number' && (target === null || Array.isArray(target))) {
    if (Math.abs(key) > MAX_INDEX) throw HAND_OVER
    if (target === null) return null
    const members = target as readonly unknown[]
    const at = Math.trunc(key)
    return members[at < 0 ? members.length + at : at] ?? null
  }
  // Slices by object, and positions of a sub-array, are left to jq.
  if (isObject(key) || Array.isArray(key)) throw HAND_OVER
  return raiseUnlessExact(key, undefined, () => `Cannot index ${typeOf(target)} with ${describe(key, run)}`)
}

/** `.[from:to]` of an array, or of a text by code points. */
export function slice(target: unknown, from: unknown, to: unknown, run: Run): unknown {
  if (target === null) return null
  if (!Array.isArray(target) && typeof target !== 'string') return raise()
  if (!isBound(from) || !isBound(to)) return raiseUnlessExact(from, to)
  charge(run, typeof target === 'string' ? textSteps(target) * 8 : 1)
  const members: readonly unknown[] = typeof target === 'string' ? [...target] : target
  const start = from === null ? 0 : Math.min(members.length, Math.max(0, from < 0 ? from + members.length : from))
  const end = to === null ? members.length : Math.min(members.length, Math.max(0, to < 0 ? to + members.length : to))
  // A fraction extends over the member that it lies in.
  const part = members.slice(Math.floor(start), Math.max(Math.floor(start), Math.ceil(end)))
  charge(run, part.length)
  return typeof target === 'string' ? part.join('') : part
}

function isBound(bound: unknown): bound is number | null {
  return bound === null || typeof bound === 'number'
}

/** `.[]`: the members of an array or object, in order. */
export function members(target: unknown, run: Run): readonly unknown[] {
  if (Array.isArray(target)) {
    charge(run, target.length)
    return target as readonly unknown[]
  }
  if (!isObject(target))
    return raise(() => `Cannot iterate over ${target === null ? 'null (null)' : describe(target, run)}`)
  const keys = Object.keys(target)
  charge(run, keys.length)
  return keys.map((key) => (target as Members)[key])
}
