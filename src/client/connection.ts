import { createRetryingFetch, type RetryingFetch, type RetryOptions, type RetryWorld, waitInTime } from './retry.ts'

export interface ConnectionOptions {
  /** The URL of the gateway, such as `https://sluice.example.com`. */
  url: string
  /**
   * A session, a management token or another bearer credential; a function is called for each request. Without a token,
   * a page of the gateway calls with its cookie.
   */
  token?: string | (() => string | undefined | Promise<string | undefined>)
  /** Sent with every call. */
  headers?: Readonly<Record<string, string>>
  retry?: RetryOptions
  /** Used instead of the global `fetch`. */
  fetch?: RetryWorld['fetch']
  /** Used instead of a timer. */
  wait?: RetryWorld['wait']
}

export interface CallOptions {
  /**
   * Sent as `Idempotency-Key` to a listener, so that the call may be repeated; `true` = a new key, the same for every
   * attempt.
   */
  idempotencyKey?: string | true
  /** Whether the call may be repeated if there was no answer. Default: if its method is idempotent or it has a key. */
  repeat?: boolean
}

export interface FetchOptions extends CallOptions {
  /** Members that are undefined are left out. */
  query?: Readonly<Record<string, string | number | boolean | undefined>>
  headers?: Readonly<Record<string, string>>
  /** Sent unchanged, with the type in `headers`. */
  body?: string | undefined
  signal?: AbortSignal | undefined
}

export interface Connection {
  /**
   * Makes a call to a literal path, and returns the whole response: for reading headers, streams and refusals.
   * `readProblem` turns a refusal into an error.
   *
   * @throws Unreachable if there is no answer
   */
  fetch(method: string, path: string, options?: FetchOptions): Promise<Response>
  retrying: RetryingFetch
  /** The headers of the credential, and of a key that makes a call safe to repeat. */
  ownHeaders(idempotencyKey: CallOptions['idempotencyKey']): Promise<Record<string, string>>
}

/** Redirects are errors, because a credential must not be sent to another place than the gateway. */
export const ALWAYS = { redirect: 'error', cache: 'no-store' } as const

/** Creates the part of a client that does not depend on the types of the API: retries, credential and keys. */
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
