import { Fault } from './fault.ts'

/** Deeper values overflow the stack of what comes after; no real body comes near it. */
export const JSON_DEPTH_LIMIT = 128

/** @throws Fault `invalid_request` for text that nests deeper than {@link JSON_DEPTH_LIMIT}; does not judge whether it is JSON */
export function refuseDeepJson(text: string): void {
  // As deep as it has opening brackets, at most: most bodies end here.
  if (text.length <= JSON_DEPTH_LIMIT) return
  let depth = 0
  let inString = false
  for (let index = 0; index < text.length; index++) {
    const code = text.charCodeAt(index)
    if (inString) {
      if (code === 0x5c) index++
      else if (code === 0x22) inString = false
    } else if (code === 0x22) inString = true
    else if (code === 0x5b || code === 0x7b) {
      if (++depth > JSON_DEPTH_LIMIT)
        throw new Fault('invalid_request', {
          why: 'json_too_deep',
          detail: `The body nests deeper than ${JSON_DEPTH_LIMIT} levels.`
        })
    } else if (code === 0x5d || code === 0x7d) depth--
  }
}

/** Whether arrays and objects are within each other more than `depth` times. Looks no deeper than that. */
export function deeperThan(node: unknown, depth: number): boolean {
  if (typeof node !== 'object' || node === null) return false
  return depth === 0 || Object.values(node).some((member) => deeperThan(member, depth - 1))
}

/** A JSON object, as parsed: keys are data and may be any string, `__proto__` too, so read it by `own` only. */
export type Json = Record<string, unknown>

export function isObject(value: unknown): value is Json {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

/** The member that the object itself has: what it inherits is not data. */
export function own(object: Json, key: string): unknown {
  return Object.hasOwn(object, key) ? object[key] : undefined
}

/** Adds a member as data, also one named `__proto__`, which an assignment would take for the prototype. */
export function setOwn(object: Json, key: string, value: unknown): void {
  if (key === '__proto__')
    Object.defineProperty(object, key, { value, writable: true, enumerable: true, configurable: true })
  else object[key] = value
}
