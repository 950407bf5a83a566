import type { HttpReply } from '../ports.ts'
import type { ErrorResponse } from '../problem.ts'
import { maskData } from '../run/secrets.ts'
import type { Run } from '../run/state.ts'
import { base64, decodeContent, textOfReply } from './decode-reply.ts'

/** The most bytes of the content that an error keeps, as text in UTF-8. */
export const ERROR_CONTENT_BYTES = 64 * 1024
/** The longest secret. Masking needs the whole of a secret that crosses the limit. */
const SECRET_CHARS_MAX = 64 * 1024

/**
 * The answer of an upstream that refused a call, truncated and with secrets masked. Never fails: any kind of content is
 * accepted.
 */
export function errorResponse(reply: HttpReply, run: Run): ErrorResponse {
  const { status: statusCode, headers } = reply
  const content = contentOf(reply)
  const text = typeof content === 'string' ? content : (textOfReply(reply) ?? '')
  if (Buffer.byteLength(text) <= ERROR_CONTENT_BYTES) return maskData({ statusCode, headers, content }, run)
  const beginning = text.slice(0, ERROR_CONTENT_BYTES + SECRET_CHARS_MAX)
  const masked = maskData({ statusCode, headers, content: beginning }, run)
  return { ...masked, content: cut(masked.content), truncated: true }
}

function contentOf(reply: HttpReply): unknown {
  try {
    return decodeContent(reply)
  } catch {
    return textOfReply(reply) ?? base64(reply.body)
  }
}

/** Truncates a text to {@link ERROR_CONTENT_BYTES}, without splitting a character. */
function cut(text: string): string {
  const { read } = new TextEncoder().encodeInto(text, new Uint8Array(ERROR_CONTENT_BYTES))
  return text.slice(0, read)
}
