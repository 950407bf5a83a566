import { isRecord } from '../../flow/tasks.ts'
import { curlOf } from '../../lib/curl.ts'

/** Headers that the gateway, the connection or curl sets. */
const OWN_HEADERS = new Set(['host', 'content-length', 'user-agent', 'accept-encoding', 'connection', 'accept'])

/** The call that started a run, as a command line, with `$TOKEN` for the credential, which was never recorded. */
export function runAsCurl(input: unknown, listenerUrl: string): string {
  const { method = 'GET', query, headers, body } = isRecord(input) ? input : {}
  const pairs = isRecord(query)
    ? Object.entries(query).flatMap(([name, value]) =>
        (Array.isArray(value) ? value : [value]).map((each): [string, string] => [name, String(each)])
      )
    : []
  const text = new URLSearchParams(pairs).toString()
  const kept = isRecord(headers)
    ? Object.entries(headers)
        .filter(([name]) => !OWN_HEADERS.has(name.toLowerCase()))
        .map(([name, value]): [string, string] => [name, String(value)])
    : []
  return curlOf({
    method: String(method),
    url: text ? `${listenerUrl}?${text}` : listenerUrl,
    headers: [['Authorization', 'Bearer $TOKEN'], ...kept],
    body: body === undefined || body === null ? undefined : typeof body === 'string' ? body : JSON.stringify(body)
  })
}
