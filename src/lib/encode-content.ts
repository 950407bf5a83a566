import { CharsetError, encodeText } from './charset.ts'
import { type ContentKind, contentKind } from './content-kind.ts'
import { ContentError, decodeBase64 } from './content-error.ts'
import { scalarText } from './exact-number.ts'
import { encodeForm } from './form-encoding.ts'
import { mediaTypeOf } from './http-fields.ts'
import { isObject } from './json.ts'
import { encodeMultipart } from './multipart.ts'

/** The forms in which an author can ask for a value to be sent, whatever its media type. */
export const BODY_FORMS = ['base64', 'form', 'multipart', 'text', 'json'] as const
export type BodyForm = (typeof BODY_FORMS)[number]

export interface Content {
  /** A string is sent in UTF-8. */
  body: string | Buffer
  contentType: string
}

const JSON_TYPE = 'application/json'
const TEXT_TYPE = 'text/plain; charset=utf-8'
const FORM_TYPE = 'application/x-www-form-urlencoded'
const FORMS: Readonly<Record<Exclude<ContentKind, 'none'>, BodyForm>> = {
  json: 'json',
  form: 'form',
  multipart: 'multipart',
  xml: 'text',
  text: 'text',
  composite: 'text',
  bytes: 'base64'
}

/**
 * Encodes a value as content of its media type: base64 becomes bytes for types that are read as base64; objects become
 * JSON, a form or parts. Text with a JSON, form or multipart type is taken as finished content. Without a type, text is
 * sent as plain text and everything else as JSON. A value that is not valid for its type is refused.
 * @param contentType the Content-Type that the author gave
 * @param form how to send the value, instead of what the type implies
 * @throws ContentError
 */
export function encodeContent(value: unknown, contentType: string | undefined, form?: BodyForm): Content {
  const { essence, charset, boundary } = mediaTypeOf(contentType)
  const kind = contentKind(essence)
  const encoded = (text: string): string | Buffer => inCharset(text, { charset, isXml: kind === 'xml' })
  switch (form ?? formFor(value, kind)) {
    case 'json':
      if (form === undefined && typeof value === 'string') requireJson(value)
      return {
        body: encoded(form === undefined && typeof value === 'string' ? value : JSON.stringify(value)),
        contentType: contentType ?? JSON_TYPE
      }
    case 'text':
      return {
        body: encoded(scalarText(value) ?? refuse(value, essence === '' ? 'text' : essence)),
        contentType: contentType ?? TEXT_TYPE
      }
    case 'base64':
      return { body: bytesOf(value, essence), contentType: contentType ?? 'application/octet-stream' }
    case 'form':
      if (typeof value === 'string') return { body: encoded(value), contentType: contentType ?? FORM_TYPE }
      return {
        body: asContent(() => encodeForm(fieldsOf(value), charset)),
        contentType: contentType ?? FORM_TYPE
      }
    case 'multipart':
      if (typeof value === 'string')
        return { body: requireBoundary(value, boundary), contentType: contentType as string }
      return asContent(() => encodeMultipart(value, contentType))
  }
}

function formFor(value: unknown, kind: ContentKind): BodyForm {
  return kind === 'none' ? (typeof value === 'string' ? 'text' : 'json') : FORMS[kind]
}

function fieldsOf(value: unknown): [string, string][] {
  if (!isObject(value)) throw unfit(value, FORM_TYPE)
  return Object.entries(value).flatMap(([name, member]) =>
    (Array.isArray(member) ? member : [member])
      .filter((item) => item !== null && item !== undefined)
      .map((item): [string, string] => {
        const text = scalarText(item)
        if (text === undefined)
          throw new ContentError(`The value of form field ${name} must be a string, number or boolean.`)
        return [name, text]
      })
  )
}

function bytesOf(value: unknown, essence: string): Buffer {
  const bytes = typeof value === 'string' ? decodeBase64(value) : undefined
  if (bytes !== undefined) return bytes
  if (typeof value !== 'string') throw unfit(value, essence === '' ? 'bytes' : essence)
  const which = essence === '' ? 'are to be sent' : `${essence} needs`
  throw new ContentError(
    `The body is text, but not the base64 of the bytes that ${which}. Say "text" to send text as it is.`
  )
}

function requireJson(text: string): void {
  try {
    JSON.parse(text)
  } catch {
    throw new ContentError(
      'The body is text that is not JSON, under a JSON type. Say "json" to send it as a JSON string.'
    )
  }
}

function requireBoundary(text: string, boundary: string | undefined): string {
  if (boundary === undefined || !text.includes(`--${boundary}`))
    throw new ContentError('The body is text without the boundary that its multipart type must name.')
  return text
}

function inCharset(text: string, declaration: Parameters<typeof encodeText>[1]): string | Buffer {
  return asContent(() => encodeText(text, declaration))
}

function asContent<T>(make: () => T): T {
  try {
    return make()
  } catch (error) {
    if (error instanceof CharsetError) throw new ContentError(`The body ${error.message}.`, { cause: error })
    throw error
  }
}

function refuse(value: unknown, type: string): never {
  throw unfit(value, type)
}

function unfit(value: unknown, type: string): ContentError {
  const what =
    value === null ? 'null' : Array.isArray(value) ? 'a list' : typeof value === 'object' ? 'an object' : typeof value
  return new ContentError(`The body is ${what}, which cannot be sent as ${type}.`)
}
