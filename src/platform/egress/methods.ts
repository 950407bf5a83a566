import { EgressError } from './error.ts'

/** RFC 9110, section 9.2.2: repeating these has the same effect as sending them once. */
export const IDEMPOTENT: ReadonlySet<string> = new Set(['GET', 'HEAD', 'OPTIONS', 'PUT', 'DELETE'])

/** `CONNECT` would open a tunnel; `TRACE` would echo credentials. */
const REFUSED_METHODS: ReadonlySet<string> = new Set(['CONNECT', 'TRACE', 'TRACK'])
const METHOD = /^[!#$%&'*+.^_`|~0-9A-Z-]{1,32}$/

/**
 * The method of a request in upper case.
 * @throws {EgressError} if HTTP does not allow it, or the gateway does not send it
 */
export function readMethod(method: string): string {
  const upper = method.toUpperCase()
  if (!METHOD.test(upper)) throw new EgressError('protocol', 'The request method is not one that HTTP allows')
  if (REFUSED_METHODS.has(upper)) throw new EgressError('refused', `The method ${upper} is not sent`)
  return upper
}
