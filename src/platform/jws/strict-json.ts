import { parseJson } from '../../lib/exact-json.ts'
import { ExactNumber } from '../../lib/exact-number.ts'

/** JSON data with all digits of its numbers. */
export type JsonValue = null | boolean | number | ExactNumber | string | JsonValue[] | { [name: string]: JsonValue }
export type JsonObject = { [name: string]: JsonValue }

export type JsonFault =
  'not_utf8' | 'not_json' | 'not_object' | 'duplicate_member' | 'too_deep' | 'unsafe_text' | 'unsafe_number'

/** Why a text is not a valid JSON object. Callers add the name of the text. */
export class StrictJsonError extends Error {
  override readonly name = 'StrictJsonError'
  readonly fault: JsonFault

  constructor(fault: JsonFault, why: string) {
    super(why)
    this.fault = fault
  }
}

const utf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true })

/**
 * Parses one JSON object by the rules of I-JSON (RFC 7493), so that no two parsers can see different values: valid
 * UTF-8 without a byte order mark, no repeated member at any depth, well-formed text, finite numbers. In addition, the
 * nesting is limited, and U+0000 (which databases reject) and members called `__proto__` are errors. The object's own
 * members are doubles: the numbers among registered claims are dates. Those within keep their digits.
 * @throws StrictJsonError
 */
export function parseStrictObject(bytes: Uint8Array, maxDepth: number): JsonObject {
  const text = decode(bytes)
  // Before JSON.parse: a text with 100,000 levels must be rejected before it is built.
  scan(text, maxDepth)
  const value = parse(text)
  if (value === null || typeof value !== 'object' || Array.isArray(value) || value instanceof ExactNumber)
    throw new StrictJsonError('not_object', 'it is not a JSON object')
  for (const [name, member] of Object.entries(value)) if (member instanceof ExactNumber) value[name] = member.toDouble()
  return value
}

function decode(bytes: Uint8Array): string {
  let text: string
  try {
    text = utf8.decode(bytes)
  } catch {
    throw new StrictJsonError('not_utf8', 'it is not valid UTF-8')
  }
  if (text.startsWith('\uFEFF')) throw new StrictJsonError('not_utf8', 'it starts with a byte order mark')
  return text
}

function parse(text: string): JsonValue {
  try {
    return parseJson(text) as JsonValue
  } catch {
    throw new StrictJsonError('not_json', 'it is not valid JSON')
  }
}

const TOKEN =
  /[ \t\r\n]*(?:(?<open>[{[])|(?<close>[}\]])|(?<string>"[^"\\]*(?:\\.[^"\\]*)*")(?<name>[ \t\r\n]*:)?|(?<number>-?[0-9][0-9.eE+-]*)|[,:]|true|false|null)/y

/**
 * Checks every token of a text for the faults that `JSON.parse` cannot report; it leaves the grammar to `JSON.parse`.
 */
function scan(text: string, maxDepth: number): void {
  const names: (Set<string> | undefined)[] = []
  TOKEN.lastIndex = 0
  for (let token = TOKEN.exec(text); token !== null; token = TOKEN.exec(text)) {
    const { open, close, string, name, number } = token.groups ?? {}
    if (open !== undefined) {
      if (names.length === maxDepth) throw new StrictJsonError('too_deep', `it nests more than ${maxDepth} levels`)
      names.push(open === '{' ? new Set() : undefined)
    } else if (close !== undefined) {
      names.pop()
    } else if (string !== undefined) {
      const value = readString(string)
      if (name !== undefined) addName(names.at(-1), value)
    } else if (number !== undefined && !Number.isFinite(Number(number))) {
      throw new StrictJsonError('unsafe_number', 'it has a number that is not finite')
    }
  }
}

function readString(token: string): string {
  if (!token.includes('\\')) return token.slice(1, -1)
  const value = parse(token)
  if (typeof value !== 'string') throw new StrictJsonError('not_json', 'it is not valid JSON')
  if (!value.isWellFormed()) throw new StrictJsonError('unsafe_text', 'it has text with half a surrogate pair')
  if (value.includes('\0')) throw new StrictJsonError('unsafe_text', 'it has text with the character U+0000')
  return value
}

function addName(names: Set<string> | undefined, name: string): void {
  if (names === undefined) return
  if (names.has(name)) throw new StrictJsonError('duplicate_member', `it has the member ${quote(name)} twice`)
  if (name === '__proto__') throw new StrictJsonError('unsafe_text', 'it has a member called __proto__')
  names.add(name)
}

const MAX_QUOTED_CHARS = 60

/** Quotes a foreign value for a message: as JSON, so that no control character reaches a log, and truncated. */
export function quote(value: unknown): string {
  const text = JSON.stringify(value) ?? String(value)
  return text.length > MAX_QUOTED_CHARS ? `${text.slice(0, MAX_QUOTED_CHARS)}…` : text
}
