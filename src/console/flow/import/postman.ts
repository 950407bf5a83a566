import { isRecord } from '../tasks.ts'
import { text, valueAt } from '../outline.ts'
import { createNames, header, plainName, type Imported } from './imported.ts'

type Task = Record<string, unknown>
type Item = Record<string, Task>

interface Collection {
  variables: ReadonlyMap<string, string>
  secrets: Set<string>
  authentications: Record<string, Task>
  note: (message: string) => void
}

/** Variables by these names hold credentials: their values are never taken over. */
const SECRET = /token|secret|password|passwd|api[-_]?key|credential/i
const VARIABLE = /\{\{\s*([^{}]+?)\s*\}\}/g

export function isPostman(data: unknown): boolean {
  return isRecord(data) && isRecord(data['info']) && Array.isArray(data['item'])
}

/**
 * A collection of Postman (v2.0, v2.1) as a flow: a call for each request, a group for each folder, one after the
 * other.
 */
export function importPostman(data: unknown): Imported {
  const notes: string[] = []
  const collection: Collection = {
    variables: variablesOf(data),
    secrets: new Set(),
    authentications: {},
    note: (message) => void notes.push(message)
  }
  const name = text(valueAt(data, 'info', 'name')) || 'imported'
  const steps = stepsOf(valueAt(data, 'item'), valueAt(data, 'auth'), collection)
  if (steps.length === 0) {
    collection.note('It has no request.')
    steps.push({ answer: { set: { empty: true } } })
  }
  for (const secret of collection.secrets)
    collection.note(`Add the secret ${secret} to the workspace: its value was not taken over.`)
  const use = {
    ...(collection.secrets.size > 0 ? { secrets: [...collection.secrets] } : {}),
    ...(Object.keys(collection.authentications).length > 0 ? { authentications: collection.authentications } : {})
  }
  return {
    document: { document: header(name), ...(Object.keys(use).length > 0 ? { use } : {}), do: steps },
    notes: [...new Set(notes)]
  }
}

function variablesOf(data: unknown): Map<string, string> {
  const list = valueAt(data, 'variable')
  return new Map(
    (Array.isArray(list) ? (list as unknown[]) : []).flatMap((each): [string, string][] => {
      const key = text(valueAt(each, 'key') ?? valueAt(each, 'id'))
      const secret = SECRET.test(key) || valueAt(each, 'type') === 'secret'
      return key === '' || secret ? [] : [[key, text(valueAt(each, 'value'))]]
    })
  )
}

function stepsOf(items: unknown, auth: unknown, collection: Collection): Item[] {
  const names = createNames()
  return (Array.isArray(items) ? (items as unknown[]) : []).flatMap((each): Item[] => {
    if (!isRecord(each)) return []
    const name = names(text(each['name']), 'request')
    const own = each['auth'] ?? valueAt(each, 'request', 'auth') ?? auth
    if (Array.isArray(each['event']) && each['event'].some(isScript))
      collection.note(`${name}: its scripts are not taken over. Use a script step, or “Output” and “Only if”.`)
    if (Array.isArray(each['item'])) {
      const inner = stepsOf(each['item'], own, collection)
      return inner.length > 0 ? [{ [name]: { do: inner } }] : []
    }
    return each['request'] === undefined ? [] : [{ [name]: callOf(name, each['request'], own, collection) }]
  })
}

function isScript(event: unknown): boolean {
  const lines = valueAt(event, 'script', 'exec')
  return text(Array.isArray(lines) ? lines.join('') : lines).trim() !== ''
}

function callOf(name: string, given: unknown, auth: unknown, collection: Collection): Task {
  const request = typeof given === 'string' ? { url: given } : given
  const headers = enabled(valueAt(request, 'header'), collection)
  const authentication = authenticationOf(name, auth, collection, headers)
  const { uri, query } = addressOf(valueAt(request, 'url'), collection)
  const body = bodyOf(name, valueAt(request, 'body'), headers, collection)
  return {
    call: 'http',
    with: {
      method: text(valueAt(request, 'method') ?? 'GET').toLowerCase(),
      endpoint: authentication ? { uri, authentication } : uri,
      ...(Object.keys(headers).length > 0 ? { headers } : {}),
      ...(Object.keys(query).length > 0 ? { query } : {}),
      ...(body === undefined ? {} : { body })
    }
  }
}

function addressOf(url: unknown, collection: Collection): { uri: string; query: Record<string, unknown> } {
  const raw = typeof url === 'string' ? url : text(valueAt(url, 'raw'))
  const [path = '', search = ''] = raw.split('#')[0]?.split('?') ?? []
  const listed = valueAt(url, 'query')
  const query = Array.isArray(listed)
    ? enabled(listed, collection)
    : Object.fromEntries([...new URLSearchParams(search)].map(([key, value]) => [key, filled(value, collection)]))
  // `:id` of a path is filled in from the step's input.
  const address = path.replaceAll(/\/:([A-Za-z_]\w*)/g, '/{$1}')
  const uri = filled(address, collection)
  if (/\{\w+\}/.test(address.replaceAll(VARIABLE, '')))
    collection.note(`${path}: parts such as :id are taken from the step’s input.`)
  return { uri: typeof uri === 'string' ? withScheme(uri) : '', query }
}

function withScheme(uri: string): string {
  return uri.startsWith('${') || /^https?:\/\//i.test(uri) ? uri : `https://${uri}`
}

/**
 * Text with its variables: those that the collection gives a value are filled in, others come from the call's query.
 */
function filled(value: string, collection: Collection, depth = 0): string {
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

function enabled(list: unknown, collection: Collection): Record<string, unknown> {
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

function bodyOf(name: string, body: unknown, headers: Record<string, unknown>, collection: Collection): unknown {
  if (!isRecord(body) || body['disabled'] === true) return undefined
  const mode = text(body['mode'])
  if (mode === 'raw') {
    const raw = text(body['raw'])
    if (raw === '') return undefined
    return jsonBody(raw, collection) ?? filled(raw, collection)
  }
  if (mode === 'urlencoded') {
    headers['content-type'] = 'application/x-www-form-urlencoded'
    return enabled(body['urlencoded'], collection)
  }
  if (mode === 'graphql')
    return {
      query: text(valueAt(body, 'graphql', 'query')),
      variables: jsonBody(text(valueAt(body, 'graphql', 'variables')), collection) ?? {}
    }
  if (mode !== '') collection.note(`${name}: a body of the kind ${mode} is not sent. Give it as data or text.`)
  return undefined
}

/** A body of JSON becomes data, with its variables as expressions. */
function jsonBody(raw: string, collection: Collection): unknown {
  try {
    // A variable where a number stands: quoted first, and then the whole value is the variable.
    const quoted = raw.replaceAll(/(:\s*|[[,]\s*)(\{\{[^{}]+\}\})(?=\s*[,}\]])/g, '$1"$2"')
    return walk(JSON.parse(quoted) as unknown, (value) => filled(value, collection))
  } catch {
    return undefined
  }
}

function walk(value: unknown, change: (text: string) => unknown): unknown {
  if (typeof value === 'string') return change(value)
  if (Array.isArray(value)) return value.map((each: unknown) => walk(each, change))
  if (!isRecord(value)) return value
  return Object.fromEntries(Object.entries(value).map(([key, each]) => [key, walk(each, change)]))
}

/** Credentials become secrets of the workspace: what stands in the file is left there. */
function authenticationOf(
  name: string,
  auth: unknown,
  collection: Collection,
  headers: Record<string, unknown>
): Task | undefined {
  const type = text(valueAt(auth, 'type'))
  if (type === '' || type === 'noauth') return undefined
  if (type === 'bearer')
    return named('bearer', () => ({ bearer: { token: secret(auth, type, 'token', collection) } }), collection)
  if (type === 'basic') {
    const user = filled(parameter(auth, type, 'username'), collection)
    return named(
      'basic',
      () => ({ basic: { username: user, password: secret(auth, type, 'password', collection) } }),
      collection
    )
  }
  if (type === 'apikey' && parameter(auth, type, 'in') !== 'query') {
    collection.note(
      `${name}: its key goes into the header ${parameter(auth, type, 'key')}: write it there once the secret exists.`
    )
    headers[parameter(auth, type, 'key') || 'X-API-Key'] = 'replace-me'
    return undefined
  }
  collection.note(
    `${name}: authentication of the kind ${type} is not taken over. Add a credential in the flow settings.`
  )
  return undefined
}

function named(name: string, policy: () => Task, { authentications }: Collection): Task {
  authentications[name] ??= policy()
  return { use: name }
}

function secret(auth: unknown, type: string, key: string, collection: Collection): string {
  const variable = /^\{\{\s*([^{}]+?)\s*\}\}$/.exec(parameter(auth, type, key))?.[1]
  const name = plainName(variable ?? `${type} ${key}`, 'secret').replaceAll('-', '_')
  collection.secrets.add(name)
  return `\${ $secrets.${name} }`
}

function parameter(auth: unknown, type: string, key: string): string {
  const given = valueAt(auth, type)
  if (!Array.isArray(given)) return text(valueAt(given, key))
  return text(
    valueAt(
      (given as unknown[]).find((each) => valueAt(each, 'key') === key),
      'value'
    )
  )
}
