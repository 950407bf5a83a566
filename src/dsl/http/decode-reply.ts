import { CharsetError, decodeText } from '../../lib/charset.ts'
import { contentKind } from '../../lib/content-kind.ts'
import { parseJson as parseJsonText } from '../../lib/exact-json.ts'
import { fieldText, mediaTypeOf } from '../../lib/http-fields.ts'
import type { HttpReply } from '../ports.ts'
import { flowError } from '../problem.ts'

type Content = Pick<HttpReply, 'headers' | 'body'>

/**
 * The content of a reply as data: parsed JSON, text, or base64 for anything else; null if there is no content. Text is
 * decoded in its declared charset. Without a Content-Type, valid UTF-8 is read as text.
 * @throws FlowError `communication` for JSON that cannot be parsed, and text that is not valid in its charset.
 */
export function decodeContent({ headers, body }: Content): unknown {
  if (body.byteLength === 0) return null
  const { essence, charset } = mediaTypeOf(fieldText(headers['content-type']))
  const kind = contentKind(essence)
  switch (kind) {
    case 'json':
      return parseJson(declaredText(body, charset, false))
    case 'text':
    case 'form':
      return declaredText(body, charset, false)
    case 'xml':
      return declaredText(body, charset, true)
    case 'none':
      return textOfReply({ headers, body }) ?? base64(body)
    default:
      return base64(body)
  }
}

/** The content as text, whatever its type; undefined if it is not text. */
export function textOfReply({ headers, body }: Content): string | undefined {
  const { essence, charset } = mediaTypeOf(fieldText(headers['content-type']))
  try {
    return decodeText(body, { charset, isXml: contentKind(essence) === 'xml' })
  } catch {
    return undefined
  }
}

export function base64(body: Uint8Array): string {
  return Buffer.from(body.buffer, body.byteOffset, body.byteLength).toString('base64')
}

function declaredText(body: Uint8Array, charset: string | undefined, isXml: boolean): string {
  try {
    return decodeText(body, { charset, isXml })
  } catch (cause) {
    if (!(cause instanceof CharsetError)) throw cause
    throw flowError('communication', `The answer ${cause.message}. "output: raw" gives its bytes.`, { cause })
  }
}

function parseJson(text: string): unknown {
  try {
    return parseJsonText(text)
  } catch (cause) {
    throw flowError('communication', 'The answer says that it is JSON and cannot be parsed as JSON.', { cause })
  }
}
