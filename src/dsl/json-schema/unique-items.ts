import { isObject } from '../../lib/json.ts'
import type { Work } from './work.ts'

const CHARS_OF_UNIT = 8

/** Whether no two items are the same JSON value. @throws TooMuchWork */
export function allUnique(items: readonly unknown[], work: Work): boolean {
  const seen = new Set<string>()
  for (const item of items) {
    const text = canonicalJson(item)
    work.spend(1 + text.length / CHARS_OF_UNIT)
    seen.add(text)
  }
  return seen.size === items.length
}

/**
 * Writes equal JSON values as equal texts: sorts the members by name (RFC 8785, whose number rules JSON.stringify
 * follows already).
 */
function canonicalJson(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(canonicalJson).join(',')}]`
  if (!isObject(value)) return JSON.stringify(value) ?? 'null'
  return `{${Object.keys(value)
    .toSorted()
    .map((key) => `${JSON.stringify(key)}:${canonicalJson(value[key])}`)
    .join(',')}}`
}
