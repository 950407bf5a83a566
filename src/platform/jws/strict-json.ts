/** What `JSON.parse` returns, with a type. */
export type JsonValue = null | boolean | number | string | JsonValue[] | { [name: string]: JsonValue }
export type JsonObject = { [name: string]: JsonValue }

export type JsonFault =
  'not_utf8' | 'not_json' | 'not_object' | 'duplicate_member' | 'too_deep' | 'unsafe_text' | 'unsafe_number'

/** Why a text is not the JSON object it should be. Callers give it the name of the text that they read. */
export class JsonRefused extends Error {
  override readonly name = 'JsonRefused'
  readonly fault: JsonFault

  constructor(fault: JsonFault, why: string) {
    super(why)
    this.fault = fault
  }
}

const utf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true })

/**
 * Reads one JSON object by the rules of I-JSON (RFC 7493), which leave no two readers a chance to see different values:
 * valid UTF-8 without a byte order mark, no member twice at any depth, only well-formed text, only finite numbers.
 * Beyond it, nesting is bounded, and neither U+0000 (databases refuse it) nor a member called `__proto__` is taken.
 *
 * @throws JsonRefused
 */
export function parseStrictObject(bytes: Uint8Array, maxDepth: number): JsonObject {
  const text = decode(bytes)
  // Before JSON.parse: a text that nests 100,000 deep must not be built first and judged afterwards.
  scan(text, maxDepth)
  const value = parse(text)
  if (value === null || typeof value !== 'object' || Array.isArray(value))
    throw new JsonRefused('not_object', 'it is not a JSON object')
  return value
}

function decode(bytes: Uint8Array): string {
  let text: string
  try {
    text = utf8.decode(bytes)
  } catch {
    throw new JsonRefused('not_utf8', 'it is not valid UTF-8')
  }
  if (text.startsWith('\uFEFF')) throw new JsonRefused('not_utf8', 'it starts with a byte order mark')
  return text
}

function parse(text: string): JsonValue {
  try {
    return JSON.parse(text)
  } catch {
    throw new JsonRefused('not_json', 'it is not valid JSON')
  }
}

const TOKEN =
  /[ \t\r\n]*(?:(?<open>[{[])|(?<close>[}\]])|(?<string>"[^"\\]*(?:\\.[^"\\]*)*")(?<name>[ \t\r\n]*:)?|(?<number>-?[0-9][0-9.eE+-]*)|[,:]|true|false|null)/y

/** Looks at every token of a text. It judges what `JSON.parse` cannot report and leaves the grammar to it. */
function scan(text: string, maxDepth: number): void {
  const names: (Set<string> | undefined)[] = []
  TOKEN.lastIndex = 0
  for (let token = TOKEN.exec(text); token !== null; token = TOKEN.exec(text)) {
    const { open, close, string, name, number } = token.groups ?? {}
    if (open !== undefined) {
      if (names.length === maxDepth) throw new JsonRefused('too_deep', `it nests more than ${maxDepth} levels`)
      names.push(open === '{' ? new Set() : undefined)
    } else if (close !== undefined) {
      names.pop()
    } else if (string !== undefined) {
      const value = readString(string)
      if (name !== undefined) addName(names.at(-1), value)
    } else if (number !== undefined && !Number.isFinite(Number(number))) {
      throw new JsonRefused('unsafe_number', 'it has a number that is not finite')
    }
  }
}

function readString(token: string): string {
  if (!token.includes('\\')) return token.slice(1, -1)
  const value = parse(token)
  if (typeof value !== 'string') throw new JsonRefused('not_json', 'it is not valid JSON')
  if (!value.isWellFormed()) throw new JsonRefused('unsafe_text', 'it has text with half a surrogate pair')
  if (value.includes('\0')) throw new JsonRefused('unsafe_text', 'it has text with the character U+0000')
  return value
}

function addName(names: Set<string> | undefined, name: string): void {
  if (names === undefined) return
  if (names.has(name)) throw new JsonRefused('duplicate_member', `it has the member ${quote(name)} twice`)
  if (name === '__proto__') throw new JsonRefused('unsafe_text', 'it has a member called __proto__')
  names.add(name)
}

const MAX_QUOTED_CHARS = 60

/** A foreign value for use in a sentence: as JSON, so that no control character gets into a log, and cut short. */
export function quote(value: unknown): string {
  const text = JSON.stringify(value) ?? String(value)
  return text.length > MAX_QUOTED_CHARS ? `${text.slice(0, MAX_QUOTED_CHARS)}…` : text
}
