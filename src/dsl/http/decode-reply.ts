import { parseJson as parseJsonText } from '../../lib/exact-json.ts'
import { mediaTypeOf } from '../../lib/http-fields.ts'
import type { HttpReply } from '../ports.ts'
import { flowError } from '../problem.ts'

const JSON_TYPE = /^(?:application\/json|text\/json|[a-z0-9.+-]+\/[a-z0-9.+-]+\+json)$/
const TEXT_TYPE =
  /^(?:text\/.*|application\/(?:xml|javascript|ecmascript|x-www-form-urlencoded|yaml|graphql)|[a-z0-9.+-]+\/[a-z0-9.+-]+\+(?:xml|yaml))$/

/**
 * The content of a reply as data: parsed JSON, text, or base64 for anything else; null where there is no content.
 * Without a Content-Type, UTF-8 content is text.
 * @throws FlowError `communication` where the Content-Type is JSON and the content is not.
 */
export function decodeContent({ headers, body }: Pick<HttpReply, 'headers' | 'body'>): unknown {
  if (body.byteLength === 0) return null
  const { essence: type, charset } = mediaTypeOf(headers['content-type'])
  if (JSON_TYPE.test(type)) return parseJson(body)
  if (TEXT_TYPE.test(type)) return decoder(charset).decode(body)
  if (type === '') return utf8(body) ?? base64(body)
  return base64(body)
}

export function base64(body: Uint8Array): string {
  return Buffer.from(body.buffer, body.byteOffset, body.byteLength).toString('base64')
}

function parseJson(body: Uint8Array): unknown {
  try {
    return parseJsonText(new TextDecoder('utf-8', { fatal: true }).decode(body))
  } catch (cause) {
    throw flowError('communication', 'The answer says that it is JSON and cannot be parsed as JSON.', { cause })
  }
}

function utf8(body: Uint8Array): string | undefined {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(body)
  } catch {
    return undefined
  }
}

function decoder(charset = 'utf-8'): { decode(bytes: Uint8Array): string } {
  try {
    return new TextDecoder(charset)
  } catch {
    return new TextDecoder('utf-8')
  }
}
