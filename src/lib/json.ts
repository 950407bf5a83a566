import { ExactNumber } from './exact-number.ts'
import { Fault } from './fault.ts'

/** Deeper values could overflow the stack of later steps. Real bodies are far less deep. */
export const JSON_DEPTH_LIMIT = 128

/**
 * Checks the depth of a JSON text before it is parsed. Does not check whether it is JSON.
 *
 * @throws {Fault} `invalid_request` for a text that nests deeper than {@link JSON_DEPTH_LIMIT}
 */
export function refuseDeepJson(text: string): void {
  // A text cannot be deeper than it is long, so most bodies need no scan.
  if (text.length <= JSON_DEPTH_LIMIT) return
  let depth = 0
  visitOutsideStrings(text, (code) => {
    if (code === 0x5b || code === 0x7b) {
      if (++depth > JSON_DEPTH_LIMIT)
        throw new Fault('invalid_request', {
          why: 'json_too_deep',
          detail: `The body nests deeper than ${JSON_DEPTH_LIMIT} levels.`
        })
    } else if (code === 0x5d || code === 0x7d) depth--
  })
}

/** Visits each UTF-16 code unit of a JSON text that is in no string. */
function visitOutsideStrings(text: string, visit: (code: number) => void): void {
  for (let index = 0; index < text.length; index++) {
    const code = text.charCodeAt(index)
    if (code === 0x22) index = endOfString(text, index + 1)
    else visit(code)
  }
}

/**
 * Strings up to this length are scanned character by character: for most strings, and in texts with many escapes, that
 * is faster than a search.
 */
const SHORT_STRING = 32

/** The index of the quote that ends a string of a JSON text, or the length of the text. */
function endOfString(text: string, start: number): number {
  let index = start
  for (;;) {
    for (const short = Math.min(text.length, index + SHORT_STRING); index < short; index++) {
      const code = text.charCodeAt(index)
      if (code === 0x5c) index++
      else if (code === 0x22) return index
    }
    const quote = text.indexOf('"', index)
    if (quote === -1) return text.length
    let backslashes = quote
    while (backslashes > index && text.charCodeAt(backslashes - 1) === 0x5c) backslashes--
    if ((quote - backslashes) % 2 === 0) return quote
    index = quote + 1
  }
}

/**
 * Whether an object of a JSON text has a member twice. `JSON.parse` keeps the last one, and another reader the first.
 * @param value the parsed text
 */
export function repeatsMember(text: string, value: unknown): boolean {
  return colonsOf(text) > membersOf(value)
}

/** Each member of a JSON text has one colon outside of strings. */
function colonsOf(text: string): number {
  let colons = 0
  visitOutsideStrings(text, (code) => {
    if (code === 0x3a) colons++
  })
  return colons
}

function membersOf(value: unknown): number {
  if (typeof value !== 'object' || value === null || value instanceof ExactNumber) return 0
  const members = Object.values(value)
  return members.reduce<number>((sum, member) => sum + membersOf(member), Array.isArray(value) ? 0 : members.length)
}

/** Whether arrays and objects nest more than `depth` levels. Looks no deeper than that. */
export function deeperThan(node: unknown, depth: number): boolean {
  if (typeof node !== 'object' || node === null) return false
  return depth === 0 || Object.values(node).some((member) => deeperThan(member, depth - 1))
}

/** A parsed JSON object. Its keys are data and may be any string, also `__proto__`: read members with {@link own}. */
export type Json = Record<string, unknown>

/** Whether a value of parsed JSON is an object, and neither an array nor an `ExactNumber`. */
export function isObject(value: unknown): value is Json {
  return typeof value === 'object' && value !== null && !Array.isArray(value) && !(value instanceof ExactNumber)
}

/** The object's own member, or undefined: inherited members are not data. */
export function own(object: Json, key: string): unknown {
  return Object.hasOwn(object, key) ? object[key] : undefined
}

/** Sets an own member of any name. An assignment to `__proto__` would set the prototype instead. */
export function setOwn(object: Json, key: string, value: unknown): void {
  if (key === '__proto__')
    Object.defineProperty(object, key, { value, writable: true, enumerable: true, configurable: true })
  else object[key] = value
}
