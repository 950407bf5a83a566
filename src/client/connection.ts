import { createRetryingFetch, type RetryingFetch, type RetryOptions, type RetryWorld, waitInTime } from './retry.ts'

export interface ConnectionOptions {
  /** The gateway, such as `https://sluice.example.com`. */
  url: string
  /**
   * A session, a management token or another bearer credential; a function is asked at each call. Without one, a page
   * of the gateway calls by its cookie.
   */
  token?: string | (() => string | undefined | Promise<string | undefined>)
  /** Sent with every call. */
  headers?: Readonly<Record<string, string>>
  retry?: RetryOptions
  /** In place of the global one. */
  fetch?: RetryWorld['fetch']
  /** In place of a timer. */
  wait?: RetryWorld['wait']
}

export interface CallOptions {
  /**
   * Sent as `Idempotency-Key` to a listener, so that the call may be repeated; `true` = a new key, the same for every
   * attempt.
   */
  idempotencyKey?: string | true
  /** Whether it may be made again where no answer came. By default its method or its key says so. */
  repeat?: boolean
}

export interface FetchOptions extends CallOptions {
  /** Members that are undefined are left out. */
  query?: Readonly<Record<string, string | number | boolean | undefined>>
  headers?: Readonly<Record<string, string>>
  /** Sent as it is, with the type that `headers` name. */
  body?: string | undefined
  signal?: AbortSignal | undefined
}

export interface Connection {
  /**
   * One call by a path as it is sent, whose answer is handed back whole: for headers, streams and refusals that are to
   * be read. `readProblem` makes an error of a refusal.
   *
   * @throws Unreachable if there is no answer
   */
  fetch(method: string, path: string, options?: FetchOptions): Promise<Response>
  retrying: RetryingFetch
  /** The headers of the credential, and of a key that makes a call safe to repeat. */
  ownHeaders(idempotencyKey: CallOptions['idempotencyKey']): Promise<Record<string, string>>
}

/** A credential goes to the gateway, and not to where it redirects. */
export const ALWAYS = { redirect: 'error', cache: 'no-store' } as const

/** What calls of one gateway have in common, without the types of its API: retries, credential and keys. */
export function createConnection(options: ConnectionOptions): Connection {
  const { url, token, headers = {}, retry = {} } = options
  const retrying = createRetryingFetch(retry, {
    fetch: options.fetch ?? ((request) => fetch(request)),
    wait: options.wait ?? waitInTime
  })

  async function ownHeaders(idempotencyKey: CallOptions['idempotencyKey']): Promise<Record<string, string>> {
    const bearer = typeof token === 'function' ? await token() : token
    return {
      ...(bearer === undefined ? {} : { Authorization: `Bearer ${bearer}` }),
      ...(idempotencyKey === undefined
        ? {}
        : { 'Idempotency-Key': idempotencyKey === true ? crypto.randomUUID() : idempotencyKey })
    }
  }

  return {
    retrying,
    ownHeaders,
    async fetch(method, path, sent = {}) {
      const { query = {}, body, signal, repeat, idempotencyKey } = sent
      const request = new Request(url.replace(/\/$/, '') + path + queryText(query), {
        ...ALWAYS,
        method,
        headers: { ...headers, ...(await ownHeaders(idempotencyKey)), ...sent.headers },
        ...(body === undefined ? {} : { body }),
        ...(signal ? { signal } : {})
      })
      return retrying(request, repeat)
    }
  }
}

function queryText(query: NonNullable<FetchOptions['query']>): string {
  const sent = Object.entries(query).flatMap(([name, value]) =>
    value === undefined ? [] : [[name, String(value)] as [string, string]]
  )
  const text = new URLSearchParams(sent).toString()
  return text === '' ? '' : `?${text}`
}
