import { MAX_PAYLOAD_DEPTH } from './limits.ts'
import { JwsRefused } from './errors.ts'
import { JsonRefused, parseStrictObject, type JsonObject } from './strict-json.ts'

/** @throws JwsRefused with the part's name in its reason, such as `header_not_json`. */
export function readTokenJson(part: 'header' | 'payload', bytes: Uint8Array, maxDepth: number): JsonObject {
  try {
    return parseStrictObject(bytes, maxDepth)
  } catch (error) {
    if (error instanceof JsonRefused)
      throw new JwsRefused(`${part}_${error.fault}`, `the ${part} cannot be read: ${error.message}`)
    throw error
  }
}

/** The payload as a JSON object of claims (RFC 7519, section 7.2, step 10). */
export function readPayload(payload: Uint8Array): JsonObject {
  return readTokenJson('payload', payload, MAX_PAYLOAD_DEPTH)
}
