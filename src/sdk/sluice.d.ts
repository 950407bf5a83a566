export type SluiceOptions = {
  /**
   * Where the gateway is, such as `https://gateway.example.com`.
   */
  baseUrl: string
  /**
   * The action that this service is.
   */
  actionPackageId: string
  /**
   * Gives what the user has at the gateway: a session token, or a token that the customer's back end signed. Asked for each time a new integration token is needed.
   */
  getSession: () => string | Promise<string>
  /**
   * In place of the platform's own.
   */
  fetch?: typeof globalThis.fetch
}
export type HttpRequest = {
  /**
   * Default: `POST` with a body, else `GET`.
   */
  method?: string
  query?: Readonly<Record<string, string | number | boolean | readonly (string | number | boolean)[] | undefined>>
  headers?: Readonly<Record<string, string>>
  /**
   * Text, bytes, forms and streams go as they are, everything else as JSON.
   */
  body?: unknown
  signal?: AbortSignal
}
export type HttpAnswer = {
  status: number
  headers: Headers
  /**
   * Parsed where it is JSON, text where it is text, else a Blob; undefined where there is none.
   */
  body: unknown
}
export type SluiceUser = {
  id: string
  name: string | null
  phoneNumber: string | null
  pictureUrl: string | null
  actionPackageId: string
}
export type Sluice = {
  /**
   * A token for the user inside the action, for the service's own back end too. Renewed a minute before it ends, once for all who ask at the same time.
   */
  getIntegrationServiceToken: () => Promise<string>
  /**
   * Calls a listener of the action. Whatever its flow answers is an answer; refusals and failures of the gateway reject with SluiceError.
   */
  performHttpRequest: (listenerId: string, request?: HttpRequest) => Promise<HttpAnswer>
  /**
   * Who the user is.
   */
  self: () => Promise<SluiceUser>
}
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
export declare class SluiceError extends Error {
  /** Such as `invalid_token`, `not_found`, `rate_limited`, `flow_failed`. */
  code: string
  /** The HTTP status; 0 where there was no answer. */
  status: number
  /** Names the call in the gateway's log. */
  requestId: string | undefined
  /** The whole problem document (RFC 9457), where there is one. */
  problem: Readonly<Record<string, unknown>> | undefined
  /**
   * @param {string} code
   * @param {{ status?: number, message?: string, requestId?: string, problem?: Readonly<Record<string, unknown>>, cause?: unknown }} [details]
   */
  constructor(
    code: string,
    {
      status,
      message,
      requestId,
      problem,
      cause
    }?: {
      status?: number
      message?: string
      requestId?: string
      problem?: Readonly<Record<string, unknown>>
      cause?: unknown
    }
  )
}
/**
 * A client for one user inside one action.
 * @param {SluiceOptions} options
 * @returns {Sluice}
 */
export declare function createSluice({ baseUrl, actionPackageId, getSession, fetch }: SluiceOptions): Sluice
