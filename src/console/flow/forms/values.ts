import { parseJson } from '../../lib/exact-json.ts'
import { isRecord } from '../tasks.ts'

/** Whether a value is exactly one expression. */
export function isExpression(value: unknown): boolean {
  return typeof value === 'string' && /^\s*\$\{[^]*\}\s*$/.test(value)
}

/** An expression without `${` and `}`. */
export function inner(value: unknown): string {
  if (typeof value !== 'string') return ''
  return value.replace(/^\s*\$\{\s*([^]*?)\s*\}\s*$/, '$1')
}

export function asExpression(code: string): string {
  return `\${ ${code.trim()} }`
}

/** The value of a typed text: a number, a list or an object if it looks like one, and text otherwise. */
export function parseTyped(typed: string): unknown {
  const text = typed.trim()
  if (/^(?:-?\d|true$|false$|null$|[[{"])/.test(text)) {
    try {
      return parseJson(text)
    } catch {
      return typed
    }
  }
  return typed
}

/** The text that {@link parseTyped} reads as this value. */
export function typedText(value: unknown): string {
  if (value === undefined) return ''
  if (typeof value !== 'string') return JSON.stringify(value)
  return parseTyped(value) === value ? value : JSON.stringify(value)
}

/** A copy with a member set, or left out where the value is undefined. The order of the others stays. */
export function withMember<T extends Record<string, unknown>>(record: T, key: string, value: unknown): T {
  if (value === undefined) {
    const { [key]: _, ...rest } = record
    return rest as T
  }
  return { ...record, [key]: value }
}

/** A copy in which a member has another name, in its place. The record itself if that name is taken. */
export function withKey(record: Record<string, unknown>, before: string, after: string): Record<string, unknown> {
  if (after in record) return record
  return Object.fromEntries(Object.entries(record).map(([key, value]) => [key === before ? after : key, value]))
}

/** A copy with a value set deep inside. Maps on the way that become empty are left out. */
export function withPath(
  record: Record<string, unknown>,
  [key, ...rest]: readonly string[],
  value: unknown
): Record<string, unknown> {
  if (key === undefined) return record
  if (rest.length === 0) return withMember(record, key, value)
  const inside = withPath(isRecord(record[key]) ? record[key] : {}, rest, value)
  return withMember(record, key, value === undefined && Object.keys(inside).length === 0 ? undefined : inside)
}
