import { isRecord } from '../tasks.ts'
import { text, valueAt } from '../outline.ts'
import { authenticationOf } from './postman-authentication.ts'
import { type Collection, enabled, filled, type Task, VARIABLE } from './postman-variables.ts'

/** The task that makes a request of a collection. */
export function callOf(name: string, given: unknown, auth: unknown, collection: Collection): Task {
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
  // `:id` in a path is taken from the input of the step.
  const address = path.replaceAll(/\/:([A-Za-z_]\w*)/g, '/{$1}')
  const uri = filled(address, collection)
  if (/\{\w+\}/.test(address.replaceAll(VARIABLE, '')))
    collection.note(`${path}: parts such as :id are taken from the step’s input.`)
  return { uri: typeof uri === 'string' ? withScheme(uri) : '', query }
}

function withScheme(uri: string): string {
  return uri.startsWith('${') || /^https?:\/\//i.test(uri) ? uri : `https://${uri}`
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
    // A variable in the place of a number is quoted first. The variable is then the whole value.
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
