import type { FieldFault } from './fault.ts'
import { pointerTo } from './json-pointer.ts'
import { type Steps, visitMembers } from './visit-members.ts'

/** The most faults that are listed of one value. */
const FAULTS_MAX = 20
/** The escapes in a JSON text that can stand for U+0000 or for half of a surrogate pair. */
const RISKY_ESCAPE = /\\u(?:0000|[dD][89a-fA-F])/
const UTF8 = new TextDecoder('utf-8', { fatal: true })

/**
 * Decodes bytes that must be UTF-8.
 * @throws TypeError for other bytes; none is replaced by U+FFFD
 */
export function decodeUtf8(bytes: Uint8Array): string {
  return UTF8.decode(bytes)
}

/**
 * Whether a JSON text has escapes that {@link textFaults} must check. Without one, every string in it is well-formed,
 * because the text itself is, and JSON has no other way to write such characters.
 */
export function hasRiskyEscape(json: string): boolean {
  return RISKY_ESCAPE.test(json)
}

/**
 * Finds text that PostgreSQL cannot store, or cannot read once it is stored as JSON: half of a surrogate pair (a string
 * that is not well-formed Unicode) and U+0000. Looks at strings and at the names of members.
 * @param value any JSON value
 * @param at the JSON Pointer of the value itself
 */
export function textFaults(value: unknown, at = ''): FieldFault[] {
  const faults: FieldFault[] = []
  const add = (message: string | undefined, steps: Steps): void => {
    if (message !== undefined && faults.length < FAULTS_MAX) faults.push({ pointer: pointerTo(at, ...steps), message })
  }
  const look = (member: unknown, steps: Steps): boolean => {
    const name = steps.at(-1)
    const ofName = typeof name === 'string' ? faultOfText(name) : undefined
    // A name that is not valid text is not put into the pointer.
    if (ofName !== undefined) add(`has a name that ${ofName}`, steps.slice(0, -1))
    else if (typeof member === 'string') add(faultOfText(member), steps)
    return ofName === undefined && faults.length < FAULTS_MAX
  }
  if (typeof value === 'string') add(faultOfText(value), [])
  else visitMembers(value, look)
  return faults
}

/** What is wrong with one text; undefined if nothing is. */
export function faultOfText(text: string): string | undefined {
  if (!text.isWellFormed()) return 'is not well-formed Unicode: it contains half of a surrogate pair'
  return text.includes('\0') ? 'contains the character U+0000, which the database cannot store' : undefined
}
