import { isRecord } from './tasks.ts'
import { valueAt } from './outline.ts'

const DIRECTIVES = ['continue', 'exit', 'end']

/** The names of the document that fit at a path: steps for a `then`, and the entries of `use`. */
export function namesFor(data: unknown, path: readonly (string | number)[]): string[] {
  const key = path.at(-1)
  const used = (member: string): string[] => namesOf(valueAt(data, 'use', member))
  if (key === 'then') return [...siblingsOf(data, path), ...DIRECTIVES]
  if (key === 'call') return used('functions')
  if (key === 'retry') return used('retries')
  if (key === 'timeout') return used('timeouts')
  if (key === 'error' && path.at(-2) === 'raise') return used('errors')
  if (key === 'use') return path.at(-2) === 'authentication' ? used('authentications') : used('secrets')
  return []
}

/** The steps of the list that a `then` is in. The `then` of a case of a switch is two levels deeper. */
export function siblingsOf(data: unknown, path: readonly (string | number)[]): string[] {
  for (let length = path.length; length >= 1; length--) {
    const list = valueAt(data, ...path.slice(0, length))
    const key = path[length - 1]
    if (!Array.isArray(list) || key === 'switch') continue
    const own = path[length + 1]
    return list
      .flatMap((item: unknown) => (isRecord(item) ? Object.keys(item).slice(0, 1) : []))
      .filter((name) => name !== own && name !== '__here__')
  }
  return []
}

function namesOf(value: unknown): string[] {
  if (Array.isArray(value)) return value.filter((each): each is string => typeof each === 'string')
  return isRecord(value) ? Object.keys(value) : []
}
