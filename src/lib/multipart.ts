import { createHash } from 'node:crypto'
import { CharsetError, encodeText } from './charset.ts'
import { ContentError, decodeBase64 } from './content-error.ts'
import { scalarText } from './exact-number.ts'
import { isFieldValue, mediaTypeOf } from './http-fields.ts'
import { isObject, own } from './json.ts'

interface Part {
  name: string
  filename?: string
  type?: string
  bytes: Buffer
}

const TYPE = 'multipart/form-data'
const CONTENTS = ['text', 'base64', 'json'] as const

/**
 * Writes a form of parts (RFC 7578): from a list `[{ name, filename?, type?, text? | base64? | json? }]`, or from an
 * object in the form of a listener's input: its members are texts, files `{ filename, contentType, content }` with the
 * content in base64, lists of these, or other objects, which are sent as JSON.
 *
 * The same parts always give the same bytes, so that a repeated request is recognized as the same one.
 * @param contentType its boundary is used if it has one
 * @throws ContentError, CharsetError
 */
export function encodeMultipart(value: unknown, contentType?: string): { body: Buffer; contentType: string } {
  const { essence, boundary: given } = mediaTypeOf(contentType)
  if (essence !== '' && essence !== TYPE) throw new ContentError(`Parts are sent as ${TYPE}, not as ${essence}.`)
  const parts = partsOf(value)
  const boundary = given ?? boundaryOf(parts)
  if (parts.some(({ bytes }) => bytes.includes(`--${boundary}`)))
    throw new ContentError('A part contains the boundary of the form.')
  const chunks = parts.flatMap((part) => [
    Buffer.from(`--${boundary}\r\n${head(part)}\r\n\r\n`),
    part.bytes,
    LINE_BREAK
  ])
  return {
    body: Buffer.concat([...chunks, Buffer.from(`--${boundary}--\r\n`)]),
    contentType: given === undefined ? `${contentType ?? TYPE}; boundary=${boundary}` : (contentType as string)
  }
}

const LINE_BREAK = Buffer.from('\r\n')

function partsOf(value: unknown): Part[] {
  if (Array.isArray(value)) return value.map(listedPart)
  if (!isObject(value)) throw new ContentError('A form of parts is made from a list of parts or from an object.')
  return Object.entries(value).flatMap(([name, member]) =>
    (Array.isArray(member) ? member : [member])
      .filter((item) => item !== null && item !== undefined)
      .map((item) => memberPart(name, item))
  )
}

function listedPart(item: unknown): Part {
  const name = isObject(item) ? own(item, 'name') : undefined
  if (!isObject(item) || typeof name !== 'string') throw new ContentError('A part of the form has no name.')
  const [kind, second] = CONTENTS.filter((content) => own(item, content) !== undefined)
  if (kind === undefined || second !== undefined)
    throw new ContentError(`The part ${name} must have one of text, base64 and json.`)
  const unknown = Object.keys(item).find((key) => ![kind, 'name', 'filename', 'type'].includes(key))
  if (unknown !== undefined) throw new ContentError(`The part ${name} has a member that parts do not have: ${unknown}.`)
  const given = optionalText(item, 'type', name)
  const filename = optionalText(item, 'filename', name)
  const type = given ?? (kind === 'json' ? 'application/json' : filename === undefined ? undefined : OCTETS)
  const content = item[kind]
  return {
    name,
    ...(filename === undefined ? {} : { filename }),
    ...(type === undefined ? {} : { type }),
    bytes: kind === 'json' ? Buffer.from(JSON.stringify(content)) : bytesOf(content, kind, type, name)
  }
}

const OCTETS = 'application/octet-stream'

function memberPart(name: string, item: unknown): Part {
  const text = scalarText(item)
  if (text !== undefined) return { name, bytes: bytesOf(text, 'text', undefined, name) }
  if (!isFile(item)) return { name, type: 'application/json', bytes: Buffer.from(JSON.stringify(item)) }
  const { filename, contentType: type, content } = item
  return { name, filename, type: type === '' ? OCTETS : type, bytes: bytesOf(content, 'base64', undefined, name) }
}

function isFile(item: unknown): item is { filename: string; contentType: string; content: string } {
  return (
    isObject(item) &&
    Object.keys(item).length === 3 &&
    ['filename', 'contentType', 'content'].every((key) => typeof own(item, key) === 'string')
  )
}

function bytesOf(content: unknown, kind: 'text' | 'base64', type: string | undefined, name: string): Buffer {
  const text = kind === 'text' ? scalarText(content) : content
  if (typeof text !== 'string') throw new ContentError(`The ${kind} of the part ${name} is not text.`)
  if (kind === 'text') return Buffer.from(encodeText(text, { charset: mediaTypeOf(type).charset }) as string)
  const bytes = decodeBase64(text)
  if (bytes === undefined) throw new ContentError(`The part ${name} is not base64.`)
  return bytes
}

function optionalText(item: Record<string, unknown>, key: string, name: string): string | undefined {
  const value = own(item, key)
  if (value === undefined || value === null) return undefined
  if (typeof value === 'string' && (key !== 'type' || isFieldValue(value))) return value
  throw new ContentError(`The ${key} of the part ${name} is not text that a form can hold.`)
}

function head({ name, filename, type }: Part): string {
  const disposition = `Content-Disposition: form-data; name="${quoted(name)}"`
  return [
    filename === undefined ? disposition : `${disposition}; filename="${quoted(filename)}"`,
    ...(type === undefined ? [] : [`Content-Type: ${type}`])
  ].join('\r\n')
}

/** HTML standard, "multipart/form-data encoding algorithm". */
function quoted(text: string): string {
  if (!text.isWellFormed()) throw new CharsetError('malformed', 'is not well-formed Unicode')
  return text.replaceAll('\n', '%0A').replaceAll('\r', '%0D').replaceAll('"', '%22')
}

function boundaryOf(parts: readonly Part[]): string {
  const hash = createHash('sha256')
  for (const part of parts) hash.update(`${JSON.stringify(head(part))}${part.bytes.length}\n`).update(part.bytes)
  return `sluice-${hash.digest('hex').slice(0, 48)}`
}
