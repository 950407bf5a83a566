import type { CallToolResult } from '@modelcontextprotocol/server'
import type { Answer } from '../../gateway/respond.ts'
import { contentKind } from '../../lib/content-kind.ts'
import type { Fault } from '../../lib/fault.ts'
import { mediaTypeOf } from '../../lib/http-fields.ts'
import { isObject } from '../../lib/json.ts'
import { problemOf, sentenceOf } from '../problem.ts'

/**
 * The result of a tool: the answer of its listener as text, and as `structuredContent`, in which a value that is not an
 * object becomes `{ result }`. An answer of `respond: "http"` with a status of 400 or more is an error.
 */
export function resultOf({ status, headers, body }: Answer): CallToolResult {
  const isError = status >= 400 ? { isError: true } : {}
  if (typeof body !== 'string' && !Buffer.isBuffer(body)) return { ...valueResult(body ?? null), ...isError }
  const { essence } = mediaTypeOf(headers['content-type'])
  const text = body.toString()
  if (headers['content-type'] === undefined) return { ...valueResult(text), ...isError }
  const kind = contentKind(essence)
  if (kind === 'json') return { ...jsonResult(text), ...isError }
  if (kind === 'text' || kind === 'xml' || kind === 'form') return { ...valueResult(text), ...isError }
  const data = Buffer.from(body).toString('base64')
  const media = /^(image|audio)\//.exec(essence)?.[1] as 'image' | 'audio' | undefined
  return media
    ? { content: [{ type: media, data, mimeType: essence }], ...isError }
    : { ...valueResult(data), ...isError }
}

/** The error of a tool: a sentence for the model, and the problem document. */
export function errorOf(fault: Fault, requestId: string): CallToolResult {
  const retryAfter = fault.headers?.['Retry-After']
  const again = retryAfter === undefined ? '' : ` Try again in ${retryAfter} s.`
  return {
    content: [{ type: 'text', text: `${sentenceOf(fault)}${again}` }],
    structuredContent: { ...problemOf(fault, requestId) },
    isError: true
  }
}

/** A text is returned as it is, every other value as JSON. */
function valueResult(value: unknown): CallToolResult {
  return typeof value === 'string'
    ? { content: [{ type: 'text', text: value }], structuredContent: { result: value } }
    : jsonResult(JSON.stringify(value))
}

function jsonResult(text: string): CallToolResult {
  let value: unknown
  try {
    value = JSON.parse(text)
  } catch {
    // The flow said that it is JSON.
    return { content: [{ type: 'text', text }], structuredContent: { result: text } }
  }
  return { content: [{ type: 'text', text }], structuredContent: isObject(value) ? value : { result: value } }
}
