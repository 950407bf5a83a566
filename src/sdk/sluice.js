// Served as it is at /sdk/sluice.js, for browsers and Node 20 and newer. No dependency, no build. Types: sluice.d.ts, made from this file.

/** A token is renewed this long before it ends. */
const RENEW_BEFORE_MS = 60_000

/**
 * @typedef {object} SluiceOptions
 * @property {string} baseUrl Where the gateway is, such as `https://gateway.example.com`.
 * @property {string} actionPackageId The action that this service is.
 * @property {() => string | Promise<string>} getSession Gives what the user has at the gateway: a session token, or a token that the customer's back end signed. Asked for each time a new integration token is needed.
 * @property {typeof globalThis.fetch} [fetch] In place of the platform's own.
 */

/**
 * @typedef {object} HttpRequest
 * @property {string} [method] Default: `POST` with a body, else `GET`.
 * @property {Readonly<Record<string, string | number | boolean | readonly (string | number | boolean)[] | undefined>>} [query]
 * @property {Readonly<Record<string, string>>} [headers]
 * @property {unknown} [body] Text, bytes, forms and streams go as they are, everything else as JSON.
 * @property {AbortSignal} [signal]
 */

/**
 * @typedef {object} HttpAnswer
 * @property {number} status
 * @property {Headers} headers
 * @property {unknown} body Parsed where it is JSON, text where it is text, else a Blob; undefined where there is none.
 */

/**
 * Whose token it is. What is not known is null.
 * @typedef {{ id: string, name: string | null, phoneNumber: string | null, pictureUrl: string | null, actionPackageId: string }} SluiceUser
 */

/**
 * @typedef {object} Sluice
 * @property {() => Promise<string>} getIntegrationServiceToken A token for the user inside the action, for the service's own back end too. Renewed a minute before it ends, once for all who ask at the same time.
 * @property {(listenerId: string, request?: HttpRequest) => Promise<HttpAnswer>} performHttpRequest Calls a listener of the action. Whatever its flow answers is an answer; refusals and failures of the gateway reject with SluiceError.
 * @property {() => Promise<SluiceUser>} self Who the user is.
 */

/** A refusal or failure, with the gateway's `code`; `network_error` where it could not be reached. */
export class SluiceError extends Error {
  /**
   * @param {string} code
   * @param {{ status?: number, message?: string, requestId?: string, problem?: Readonly<Record<string, unknown>>, cause?: unknown }} [details]
   */
  constructor(code, { status = 0, message, requestId, problem, cause } = {}) {
    super(message ?? code, cause === undefined ? undefined : { cause })
    this.name = 'SluiceError'
    /** Such as `invalid_token`, `not_found`, `rate_limited`, `flow_failed`. */
    this.code = code
    /** The HTTP status; 0 where there was no answer. */
    this.status = status
    /** Names the call in the gateway's log. */
    this.requestId = requestId
    /** The whole problem document (RFC 9457), where there is one. */
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
      // Never with cookies: the credential is in the call, or there is none.
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
   * With the token, and once more with a new one where the gateway does not take it: it may have been ended, or the clocks disagree.
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
 * By the token's own two times, so that a clock that is wrong here does not matter.
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
