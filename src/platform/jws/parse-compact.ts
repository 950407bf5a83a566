import { type Algorithm, isAlgorithm, isKid, KID_RULE } from './algorithms.ts'
import { decodeBase64url } from './base64url.ts'
import type { Established, RunCheck } from './checks.ts'
import { JwsError } from './errors.ts'
import { MAX_HEADER_CHARS, MAX_HEADER_DEPTH, MAX_PAYLOAD_DEPTH, MAX_TOKEN_CHARS } from './limits.ts'
import { type JsonObject, StrictJsonError, parseStrictObject, quote } from './strict-json.ts'

/** A token in the correct form. None of its contents is verified yet. */
export interface ParsedJws {
  readonly compact: string
  readonly header: JsonObject
  readonly alg: Algorithm
  readonly kid: string | undefined
  readonly payload: Uint8Array
  readonly signature: Uint8Array
}

/**
 * Checks the size, the form, the canonical encoding and the header of a token (RFC 7515, sections 4 and 7.1; RFC 8725,
 * section 3), before any other check. Needs no key and takes linear time.
 * @throws JwsError
 */
export function parseCompactJws(token: unknown, check: RunCheck): ParsedJws {
  const compact = check('size', () => boundSize(token))
  const parts = check('form', () => splitParts(compact))
  const bytes = check('encoding', () => decodeParts(parts))
  const header = check('header', () => readTokenJson('header', bytes.header, MAX_HEADER_DEPTH))
  check('parameters', () => judgeParameters(header))
  const alg = check('algorithm', () => readAlgorithm(header))
  const kid = check('kid', () => readKid(header))
  return { compact, header, alg, kid, payload: bytes.payload, signature: bytes.signature }
}

function boundSize(token: unknown): string {
  if (typeof token !== 'string') throw new JwsError('not_text', 'the token is not text')
  if (token.length > MAX_TOKEN_CHARS)
    throw new JwsError('too_long', `the token has ${token.length} characters; at most ${MAX_TOKEN_CHARS} are allowed`)
  return token
}

function splitParts(compact: string): Established['form'] {
  const parts = compact.split('.')
  const [header = '', payload = '', signature = ''] = parts
  if (parts.length === 5) throw new JwsError('encrypted', 'the token has five parts, so it is encrypted (JWE)')
  if (parts.length !== 3)
    throw new JwsError(
      'not_compact',
      `the token has ${parts.length} part${parts.length === 1 ? '' : 's'} instead of three`
    )
  if (header === '') throw new JwsError('not_compact', 'the header is empty')
  if (header.length > MAX_HEADER_CHARS)
    throw new JwsError(
      'too_long',
      `the header has ${header.length} characters; at most ${MAX_HEADER_CHARS} are allowed`
    )
  return { header, payload, signature }
}

function decodeParts(parts: Established['form']): Established['encoding'] {
  const decode = (name: keyof Established['form']): Uint8Array => {
    const bytes = decodeBase64url(parts[name])
    if (bytes === undefined) throw new JwsError('not_base64url', `the ${name} is not canonical base64url`)
    return bytes
  }
  return { header: decode('header'), payload: decode('payload'), signature: decode('signature') }
}

const KEY_BY_TOKEN = 'a token must not bring or choose its own key'
const EXTENSION = 'it changes how a token is to be read, and no extension is supported'

const REFUSED_PARAMETERS: readonly (readonly [name: string, because: string])[] = [
  ['jwk', KEY_BY_TOKEN],
  ['jku', KEY_BY_TOKEN],
  ['x5c', KEY_BY_TOKEN],
  ['x5u', KEY_BY_TOKEN],
  ['crit', EXTENSION],
  ['b64', EXTENSION],
  ['zip', EXTENSION],
  ['enc', EXTENSION]
]

/**
 * Some vendors' signers add certificate thumbprints. They select no key here, but must have the right form (RFC 7515,
 * section 4.1.7).
 */
const THUMBPRINT_BYTES: readonly (readonly [name: string, bytes: number])[] = [
  ['x5t', 20],
  ['x5t#S256', 32]
]

const JWT_TYPE = /^(?:application\/)?jwt$/i

function judgeParameters(header: JsonObject): undefined {
  const refused = REFUSED_PARAMETERS.find(([name]) => Object.hasOwn(header, name))
  if (refused !== undefined) throw new JwsError('header_parameter', `the header has ${refused[0]}: ${refused[1]}`)
  for (const [name, bytes] of THUMBPRINT_BYTES) {
    const value = member(header, name)
    if (value === undefined) continue
    if (typeof value === 'string' && decodeBase64url(value)?.length === bytes) continue
    throw new JwsError('header_parameter', `${name} in the header is not a thumbprint of ${bytes} bytes`)
  }
  // Other kinds of token have their own type, so that one kind is never accepted as another (RFC 8725, section 3.11).
  const type = member(header, 'typ')
  if (type !== undefined && !(typeof type === 'string' && JWT_TYPE.test(type)))
    throw new JwsError('header_type', `typ in the header is ${quote(type)}`)
}

function readAlgorithm(header: JsonObject): Algorithm {
  const alg = member(header, 'alg')
  if (isAlgorithm(alg)) return alg
  if (typeof alg !== 'string')
    throw new JwsError(
      'alg_missing',
      alg === undefined ? 'the header has no alg' : `alg in the header is ${quote(alg)}, not text`
    )
  if (alg.toLowerCase() === 'none') throw new JwsError('alg_none', 'the token says that it is not signed')
  throw new JwsError('alg_unknown', `alg in the header is ${quote(alg)}`)
}

function readKid(header: JsonObject): string | undefined {
  const kid = member(header, 'kid')
  if (kid === undefined || isKid(kid)) return kid
  throw new JwsError('kid_invalid', `kid in the header is ${quote(kid)}; it must be ${KID_RULE}`)
}

function member(header: JsonObject, name: string): JsonObject[string] | undefined {
  return Object.hasOwn(header, name) ? header[name] : undefined
}

/** @throws JwsError whose reason starts with the name of the part, such as `header_not_json` */
function readTokenJson(part: 'header' | 'payload', bytes: Uint8Array, maxDepth: number): JsonObject {
  try {
    return parseStrictObject(bytes, maxDepth)
  } catch (error) {
    if (error instanceof StrictJsonError)
      throw new JwsError(`${part}_${error.fault}`, `the ${part} cannot be read: ${error.message}`)
    throw error
  }
}

/** The payload as a JSON object of claims (RFC 7519, section 7.2, step 10). */
export function readPayload(payload: Uint8Array): JsonObject {
  return readTokenJson('payload', payload, MAX_PAYLOAD_DEPTH)
}
