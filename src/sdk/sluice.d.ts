export type SluiceOptions = {
    /**
     * The gateway's URL, for example `https://gateway.example.com`.
     */
    baseUrl: string;
    /**
     * The action that this service is.
     */
    actionPackageId: string;
    /**
     * Returns the user's credential for the gateway: a session token, or a token that the customer's back end signed.
     * Called each time a new integration token is needed.
     */
    getSession: () => string | Promise<string>;
    /**
     * Replaces the platform's own.
     */
    fetch?: typeof globalThis.fetch;
};
export type QueryValue = string | number | boolean;
export type HttpRequest = {
    /**
     * Default: `POST` with a body, otherwise `GET`.
     */
    method?: string;
    query?: Readonly<Record<string, QueryValue | readonly QueryValue[] | undefined>>;
    headers?: Readonly<Record<string, string>>;
    /**
     * Text, bytes, forms and streams are sent as they are, everything else as JSON.
     */
    body?: unknown;
    signal?: AbortSignal;
};
export type HttpAnswer = {
    status: number;
    headers: Headers;
    /**
     * JSON is parsed, text is a string, everything else a Blob; undefined if there is no body.
     */
    body: unknown;
};
export type SluiceUser = {
    id: string;
    name: string | null;
    phoneNumber: string | null;
    pictureUrl: string | null;
    actionPackageId: string;
};
export type Sluice = {
    /**
     * Returns a token for the user inside the action, which the service's own back end can use too.
     * It is renewed a minute before it expires, once for all simultaneous callers.
     */
    getIntegrationServiceToken: () => Promise<string>;
    /**
     * The same, as Kaizala's pages spell it.
     */
    getIntegerationServiceToken: () => Promise<string>;
    /**
     * Calls a listener of the action. Every answer of its flow resolves; errors of the gateway reject with SluiceError.
     */
    performHttpRequest: (listenerId: string, request?: HttpRequest) => Promise<HttpAnswer>;
    /**
     * Returns the user of the token.
     */
    self: () => Promise<SluiceUser>;
};
export type SluiceErrorDetails = {
    status?: number;
    message?: string;
    requestId?: string;
    problem?: Readonly<Record<string, unknown>>;
    cause?: unknown;
};
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
export declare class SluiceError extends Error {
    /** For example `invalid_token`, `not_found`, `rate_limited`, `flow_failed`. */
    code: string;
    /** The HTTP status; 0 if there was no answer. */
    status: number;
    /** The id of the call in the gateway's log. */
    requestId: string | undefined;
    /** The problem document (RFC 9457), if there is one. */
    problem: Readonly<Record<string, unknown>> | undefined;
    /**
     * @param {string} code
     * @param {SluiceErrorDetails} [details]
     */
    constructor(code: string, { status, message, requestId, problem, cause }?: SluiceErrorDetails);
}
/**
 * A client for one user inside one action.
 * @param {SluiceOptions} options
 * @returns {Sluice}
 */
export declare function createSluice({ baseUrl, actionPackageId, getSession, fetch }: SluiceOptions): Sluice;
