import { isDeepStrictEqual } from 'node:util'
import { isObject } from '../../../lib/json.ts'
import type { Answer } from './answer.ts'

const PARTS = ['protocol', 'username', 'password', 'hostname', 'port', 'pathname', 'hash'] as const

/**
 * The parts of an absolute URL, under the names of the WHATWG URL standard, and `query`: the decoded parameters. A
 * parameter that repeats is a list.
 * @throws Error for text that is not an absolute URL
 */
export function parseUrl(text: unknown): Answer {
  if (typeof text !== 'string' || !URL.canParse(text)) throw new Error('the text is not an absolute URL')
  const { href, protocol, username, password, host, hostname, port, pathname, search, hash } = new URL(text)
  const query = queryOf(search)
  return { value: { href, protocol, username, password, host, hostname, port, pathname, search, query, hash } }
}

/**
 * The URL of these parts. If they contradict each other, `query` takes precedence over `search`, and `hostname` and
 * `port` over `host`.
 * @throws Error for parts that make no URL
 */
export function formatUrl(parts: unknown): Answer {
  if (!isObject(parts)) throw new Error('url.format takes an object like that of url.parse')
  const { protocol, host, hostname, pathname } = parts
  const scheme = `${scalar(protocol, 'protocol').replace(/:$/, '')}:`
  const authority = host === undefined || host === null ? hostname : host
  const start = `${scheme}//${scalar(authority, 'hostname')}`
  const opaque = `${scheme}${scalar(pathname, 'pathname')}`
  const base = authority === undefined || authority === '' ? opaque : start
  if (!URL.canParse(base)) throw new Error('the parts do not make a URL: give a protocol and a hostname')
  const url = new URL(base)
  for (const part of PARTS) {
    if (part === 'protocol' || parts[part] === undefined || parts[part] === null) continue
    const text = scalar(parts[part], part)
    url[part] = text
    if (part === 'hostname' && text !== '' && url.hostname === '') throw new Error('the hostname is not valid in a URL')
  }
  url.search = searchOf(parts['search'], parts['query'])
  return { value: url.href }
}

function queryOf(search: string): Record<string, string | string[]> {
  const parameters = new URLSearchParams(search)
  return Object.fromEntries(
    [...new Set(parameters.keys())].map((name) => {
      const values = parameters.getAll(name)
      return [name, values.length === 1 ? (values[0] ?? '') : values]
    })
  )
}

/** The query as it was written, unless `query` says something else. */
function searchOf(search: unknown, query: unknown): string {
  const written = search === undefined || search === null ? '' : scalar(search, 'search')
  if (query === undefined || query === null) return written
  if (!isObject(query)) throw new Error('the query is an object')
  if (isDeepStrictEqual(queryOf(written), query)) return written
  const parameters = new URLSearchParams()
  for (const [name, value] of Object.entries(query))
    for (const one of Array.isArray(value) ? value : [value])
      if (one !== null) parameters.append(name, scalar(one, `query.${name}`))
  return parameters.toString()
}

function scalar(value: unknown, part: string): string {
  if (value === undefined || value === null) return ''
  if (typeof value === 'object') throw new Error(`${part} is not text`)
  return String(value)
}
