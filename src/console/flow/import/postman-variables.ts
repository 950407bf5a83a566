import { text, valueAt } from '../outline.ts'

export type Task = Record<string, unknown>

/** What is known of a collection while its requests are read. Reading adds to `secrets` and `authentications`. */
export interface Collection {
  /** Values by name. */
  variables: ReadonlyMap<string, string>
  /** Names of secrets that the workspace must have. */
  secrets: Set<string>
  authentications: Record<string, Task>
  /** Tells the author what could not be taken over. */
  note: (message: string) => void
}

/** Variables by these names hold credentials: their values are never taken over. */
const SECRET = /token|secret|password|passwd|api[-_]?key|credential/i
/** `{{name}}` in a text of the collection. */
export const VARIABLE = /\{\{\s*([^{}]+?)\s*\}\}/g

/** The values that a collection gives to variables, without those of credentials. */
export function variablesOf(data: unknown): Map<string, string> {
  const list = valueAt(data, 'variable')
  return new Map(
    (Array.isArray(list) ? (list as unknown[]) : []).flatMap((each): [string, string][] => {
      const key = text(valueAt(each, 'key') ?? valueAt(each, 'id'))
      const secret = SECRET.test(key) || valueAt(each, 'type') === 'secret'
      return key === '' || secret ? [] : [[key, text(valueAt(each, 'value'))]]
    })
  )
}

/**
 * A text with its variables: those with a value in the collection are filled in, and the others are read from the query
 * of the call.
 */
export function filled(value: string, collection: Collection, depth = 0): string {
  const known = value.replaceAll(VARIABLE, (all, name: string) => collection.variables.get(name) ?? all)
  if (known !== value && depth < 5) return filled(known, collection, depth + 1)
  const parts = [...known.matchAll(VARIABLE)]
  if (parts.length === 0) return known
  const codes = parts.map(([, name = '']) => variableCode(name, collection))
  if (parts.length === 1 && parts[0]?.[0] === known) return `\${ ${codes[0]} }`
  let at = 0
  let written = ''
  parts.forEach((part, index) => {
    written += JSON.stringify(known.slice(at, part.index)).slice(1, -1) + `\\(${codes[index]})`
    at = part.index + part[0].length
  })
  return `\${ "${written}${JSON.stringify(known.slice(at)).slice(1, -1)}" }`
}

function variableCode(name: string, collection: Collection): string {
  if (name === '$guid' || name === '$timestamp' || name === '$isoTimestamp') return '(now | todate)'
  collection.note(`{{${name}}} has no value in the collection: it is taken from the query of the call.`)
  return `$workflow.input.query[${JSON.stringify(name)}]`
}

/** The entries of a list (headers, parameters, fields) that are not disabled, by name, without those of credentials. */
export function enabled(list: unknown, collection: Collection): Record<string, unknown> {
  if (!Array.isArray(list)) return {}
  return Object.fromEntries(
    (list as unknown[]).flatMap((each): [string, unknown][] => {
      const key = text(valueAt(each, 'key'))
      if (key === '' || valueAt(each, 'disabled') === true) return []
      if (/^authorization$|^cookie$|^x-api-key$/i.test(key)) {
        collection.note(`The header ${key} is not taken over: it can hold a credential. Use “Authentication”.`)
        return []
      }
      return [[key, filled(text(valueAt(each, 'value')), collection)]]
    })
  )
}
