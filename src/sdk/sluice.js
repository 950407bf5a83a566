// Served as it is at /sdk/sluice.js, for browsers and Node 20 and newer. No dependency, no build.
// The types in sluice.d.ts are generated from this file.

/** A token is renewed this long before it expires. */
const RENEW_BEFORE_MS = 60_000

/**
 * @typedef {object} SluiceOptions
 * @property {string} baseUrl The gateway's URL, for example `https://gateway.example.com`.
 * @property {string} actionPackageId The action that this service is.
 * @property {() => string | Promise<string>} getSession
 * Returns the user's credential for the gateway: a session token, or a token that the customer's back end signed.
 * Called each time a new integration token is needed.
 * @property {typeof globalThis.fetch} [fetch] Replaces the platform's own.
 */

/**
 * @typedef {string | number | boolean} QueryValue
 * @typedef {object} HttpRequest
 * @property {string} [method] Default: `POST` with a body, otherwise `GET`.
 * @property {Readonly<Record<string, QueryValue | readonly QueryValue[] | undefined>>} [query]
 * @property {Readonly<Record<string, string>>} [headers]
 * @property {unknown} [body] Text, bytes, forms and streams are sent as they are, everything else as JSON.
 * @property {AbortSignal} [signal]
 */

/**
 * @typedef {object} HttpAnswer
 * @property {number} status
 * @property {Headers} headers
 * @property {unknown} body JSON is parsed, text is a string, everything else a Blob; undefined if there is no body.
 */

/**
 * The user of a token. Unknown values are null.
 * @typedef {object} SluiceUser
 * @property {string} id
 * @property {string | null} name
 * @property {string | null} phoneNumber
 * @property {string | null} pictureUrl
 * @property {string} actionPackageId
 */

/**
 * @typedef {object} Sluice
 * @property {() => Promise<string>} getIntegrationServiceToken
 * Returns a token for the user inside the action, which the service's own back end can use too.
 * It is renewed a minute before it expires, once for all simultaneous callers.
 * @property {() => Promise<string>} getIntegerationServiceToken The same, as Kaizala's pages spell it.
 * @property {(listenerId: string, request?: HttpRequest) => Promise<HttpAnswer>} performHttpRequest
 * Calls a listener of the action. Every answer of its flow resolves; errors of the gateway reject with SluiceError.
 * @property {() => Promise<SluiceUser>} self Returns the user of the token.
 */

/**
 * @typedef {object} SluiceErrorDetails
 * @property {number} [status]
 * @property {string} [message]
 * @property {string} [requestId]
 * @property {Readonly<Record<string, unknown>>} [problem]
 * @property {unknown} [cause]
 */

/** An error of the gateway with its `code`; `network_error` if the gateway could not be reached. */
export class SluiceError extends Error {
  /**
   * @param {string} code
   * @param {SluiceErrorDetails} [details]
   */
  constructor(code, { status = 0, message, requestId, problem, cause } = {}) {
    super(message ?? code, cause === undefined ? undefined : { cause })
    this.name = 'SluiceError'
    /** For example `invalid_token`, `not_found`, `rate_limited`, `flow_failed`. */
    this.code = code
    /** The HTTP status; 0 if there was no answer. */
    this.status = status
    /** The id of the call in the gateway's log. */
    this.requestId = requestId
    /** The problem document (RFC 9457), if there is one. */
    this.problem = problem
  }
}

/**
 * A client for one user inside one action.
 * @param {SluiceOptions} options
 * @returns {Sluice}
 */
export function createSluice({ baseUrl, actionPackageId, getSession, fetch = globalThis.fetch }) {
  const base = baseUrl.replace(/\/+$/, '')
  /** @type {{ token: string, renewAt: number } | undefined} */
  let held
  /** @type {Promise<string> | undefined} */
  let renewal

  /**
   * @param {string} path
   * @param {RequestInit} init
   */
  async function send(path, init) {
    try {
      // Never sends cookies: every credential is explicit.
      return await fetch(base + path, { ...init, credentials: 'omit', cache: 'no-store' })
    } catch (error) {
      if (init.signal?.aborted) throw error
      throw new SluiceError('network_error', { message: 'The gateway could not be reached.', cause: error })
    }
  }

  async function renew() {
    const answer = await send(`/v1/actions/${encodeURIComponent(actionPackageId)}/integration-token`, {
      method: 'POST',
      headers: { authorization: `Bearer ${await getSession()}` }
    })
    if (!answer.ok) throw await errorOf(answer)
    const { token } = /** @type {{ token: string }} */ (await answer.json())
    held = { token, renewAt: Date.now() + lifeOf(token) - RENEW_BEFORE_MS }
    return token
  }

  function getIntegrationServiceToken() {
    if (renewal) return renewal
    if (held && Date.now() < held.renewAt) return Promise.resolve(held.token)
    renewal = renew().finally(() => {
      renewal = undefined
    })
    return renewal
  }

  /**
   * Calls with the token, and a second time with a new one if the gateway rejects the first: it may be revoked, or the
   * clocks may differ.
   * @param {string} path
   * @param {(token: string) => RequestInit} init
   * @param {boolean} repeatable
   */
  async function call(path, init, repeatable) {
    const token = await getIntegrationServiceToken()
    const answer = await send(path, init(token))
    if (answer.status !== 401 || !isProblem(answer)) return answer
    const error = await errorOf(answer)
    if (error.code !== 'invalid_token') throw error
    if (held?.token === token) held = undefined
    if (!repeatable) throw error
    return send(path, init(await getIntegrationServiceToken()))
  }

  return {
    getIntegrationServiceToken,
    getIntegerationServiceToken: getIntegrationServiceToken,

    async performHttpRequest(listenerId, { method, query, headers, body, signal } = {}) {
      const content = encodeBody(body)
      const answer = await call(
        `/v1/dynamic/listener/${encodeURIComponent(listenerId)}${encodeQuery(query)}`,
        (token) => ({
          method: method ?? (body === undefined ? 'GET' : 'POST'),
          headers: { ...content.headers, ...headers, authorization: `Bearer ${token}` },
          ...(content.body === undefined ? {} : { body: content.body }),
          ...(content.body instanceof ReadableStream ? { duplex: 'half' } : {}),
          ...(signal ? { signal } : {})
        }),
        !(content.body instanceof ReadableStream)
      )
      if (isProblem(answer)) throw await errorOf(answer)
      return { status: answer.status, headers: answer.headers, body: await readBody(answer) }
    },

    async self() {
      const answer = await call('/v1/users/me', (token) => ({ headers: { accessToken: token } }), true)
      if (!answer.ok) throw await errorOf(answer)
      return answer.json()
    }
  }
}

/**
 * Computed from the two times in the token, so that a wrong local clock does not matter.
 * @param {string} token
 */
function lifeOf(token) {
  const text = atob((token.split('.')[1] ?? '').replaceAll('-', '+').replaceAll('_', '/'))
  const { iat, exp } = JSON.parse(text)
  return (exp - iat) * 1000
}

/** @param {Response} answer */
function typeOf(answer) {
  return (answer.headers.get('content-type') ?? '').split(';')[0]?.trim().toLowerCase() ?? ''
}

/** @param {Response} answer */
function isProblem(answer) {
  return typeOf(answer) === 'application/problem+json'
}

/** @param {Response} answer */
async function errorOf(answer) {
  /** @type {Record<string, unknown>} */
  const problem = await answer.json().catch(() => ({}))
  const {
    code = 'internal_error',
    detail,
    title,
    requestId = answer.headers.get('x-request-id') ?? undefined
  } = /** @type {Record<string, string | undefined>} */ (problem)
  return new SluiceError(code, {
    status: answer.status,
    problem,
    ...((detail ?? title) ? { message: detail ?? title } : {}),
    ...(requestId ? { requestId } : {})
  })
}

/** @param {Response} answer */
async function readBody(answer) {
  if (answer.status === 204 || answer.status === 304) return undefined
  const type = typeOf(answer)
  if (type === 'application/json' || type.endsWith('+json')) {
    const text = await answer.text()
    return text === '' ? undefined : JSON.parse(text)
  }
  return type.startsWith('text/') ? answer.text() : answer.blob()
}

/** @param {HttpRequest['query']} query */
function encodeQuery(query = {}) {
  const pairs = Object.entries(query).flatMap(([name, value]) =>
    [value]
      .flat()
      .filter((one) => one !== undefined)
      .map((one) => [name, String(one)])
  )
  return pairs.length === 0 ? '' : `?${new URLSearchParams(pairs)}`
}

/**
 * @param {unknown} body
 * @returns {{ headers: Record<string, string>, body: BodyInit | undefined }}
 */
function encodeBody(body) {
  if (body === undefined) return { headers: {}, body: undefined }
  if (
    typeof body === 'string' ||
    body instanceof Blob ||
    body instanceof ArrayBuffer ||
    ArrayBuffer.isView(body) ||
    body instanceof FormData ||
    body instanceof URLSearchParams ||
    body instanceof ReadableStream
  ) {
    return { headers: {}, body: /** @type {BodyInit} */ (body) }
  }
  return { headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) }
}
