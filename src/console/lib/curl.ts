/** The parts of a call that curl needs. */
export interface CurlCall {
  method: string
  url: string
  headers: readonly (readonly [string, string])[]
  body?: string | undefined
}

/** A command line for a POSIX shell, which fills in `$TOKEN` in a header. */
export function curlOf({ method, url, headers, body }: CurlCall): string {
  return [
    `curl -s${method === 'GET' ? '' : ` -X ${method}`}`,
    ...headers.map(([name, value]) =>
      value.includes('$TOKEN') ? `-H "${name}: ${value}"` : `-H ${quoted(`${name}: ${value}`)}`
    ),
    ...(body === undefined ? [] : [`--data-raw ${quoted(body)}`]),
    quoted(url)
  ].join(' \\\n  ')
}

function quoted(text: string): string {
  return `'${text.replaceAll("'", String.raw`'\''`)}'`
}
