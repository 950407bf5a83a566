import type { CloudEvent } from '../dsl/index.ts'
import { contentKind } from '../lib/content-kind.ts'
import { parseJson } from '../lib/exact-json.ts'
import { scalarText } from '../lib/exact-number.ts'
import { Fault, type FieldFault } from '../lib/fault.ts'
import { mediaTypeOf } from '../lib/http-fields.ts'
import { isObject, refuseDeepJson } from '../lib/json.ts'
import { pointerTo } from '../lib/json-pointer.ts'
import { decodeUtf8, faultOfText, hasRiskyEscape, textFaults } from '../lib/unicode.ts'

const STRUCTURED = 'application/cloudevents+json'
const BATCH = 'application/cloudevents-batch+json'
const PREFIX = 'ce-'
const NAME = /^[a-z0-9]{1,20}$/
const TIME = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d+)?(?:Z|[+-]\d\d:\d\d)$/i
const BASE64 = /^[A-Za-z0-9+/]*={0,2}$/
/** The attributes that are text: the required and the optional ones. */
const REQUIRED = ['specversion', 'id', 'source', 'type'] as const
const OPTIONAL = ['datacontenttype', 'dataschema', 'subject', 'time'] as const
const ATTRIBUTE_MAX_CHARS = 1_024

/**
 * Reads the events of a request (CloudEvents 1.0.2, HTTP protocol binding): one structured, a batch, or one binary with
 * its attributes in `ce-` headers. Plain JSON without such headers is read as structured, a list as a batch.
 * @throws Fault `validation_failed` with every fault of every event, `unsupported_media_type` for another format
 */
export function readEvents(
  headers: Readonly<Record<string, string | string[] | undefined>>,
  body: Buffer
): CloudEvent[] {
  const contentType = headers['content-type'] as string | undefined
  const { essence } = mediaTypeOf(contentType)
  if (essence === BATCH) return eventsOf(jsonOf(body), 'batch')
  if (essence === STRUCTURED) return eventsOf(jsonOf(body), 'one')
  if (/^application\/cloudevents(?:-batch)?(?:\+|$)/.test(essence))
    throw new Fault('unsupported_media_type', {
      why: 'cloudevents_format',
      detail: `Send events as ${STRUCTURED}, as ${BATCH}, or with their attributes in ce- headers.`
    })
  if (Object.keys(headers).some((name) => name.startsWith(PREFIX))) return [binaryEvent(headers, contentType, body)]
  if (essence !== 'application/json')
    throw new Fault('unsupported_media_type', {
      why: 'no_event',
      detail: `The request has neither the type ${STRUCTURED} nor ce- headers, so it contains no event.`
    })
  const value = jsonOf(body)
  return eventsOf(value, Array.isArray(value) ? 'batch' : 'one')
}

function eventsOf(value: unknown, form: 'one' | 'batch'): CloudEvent[] {
  if (form === 'batch' && !Array.isArray(value)) throw invalid([{ pointer: '', message: 'must be a list of events' }])
  const events = form === 'batch' ? (value as unknown[]) : [value]
  const errors: FieldFault[] = []
  const read = events.map((event, index) => readEvent(event, form === 'batch' ? pointerTo('', index) : '', errors))
  if (errors.length > 0) throw invalid(errors)
  return read as CloudEvent[]
}

/** The attributes come from headers, percent-encoded; the body is the data, read as its type says. */
function binaryEvent(
  headers: Readonly<Record<string, string | string[] | undefined>>,
  contentType: string | undefined,
  body: Buffer
): CloudEvent {
  const event: Record<string, unknown> = {}
  for (const [header, value] of Object.entries(headers))
    if (header.startsWith(PREFIX)) event[header.slice(PREFIX.length)] = decodePercents(String(value))
  if (contentType !== undefined) event['datacontenttype'] = contentType
  if (body.length > 0) Object.assign(event, dataOf(contentType, body))
  const errors: FieldFault[] = []
  const read = readEvent(event, '', errors)
  if (errors.length > 0) throw invalid(errors)
  return read as CloudEvent
}

function dataOf(contentType: string | undefined, body: Buffer): { data: unknown } | { data_base64: string } {
  const kind = contentKind(mediaTypeOf(contentType).essence)
  if (kind === 'json' || kind === 'none') return { data: jsonOf(body) }
  if (kind !== 'text' && kind !== 'xml') return { data_base64: body.toString('base64') }
  try {
    const text = decodeUtf8(body)
    if (faultOfText(text) === undefined) return { data: text }
  } catch {
    // Text in another charset passes as its bytes.
  }
  return { data_base64: body.toString('base64') }
}

/** Checks one event, and leaves out the attributes that are null: they count as absent. */
function readEvent(value: unknown, at: string, errors: FieldFault[]): Record<string, unknown> | undefined {
  if (!isObject(value)) {
    errors.push({ pointer: at, message: 'must be an event: an object' })
    return undefined
  }
  const event = Object.fromEntries(Object.entries(value).filter(([, member]) => member !== null))
  if ('data' in value && value['data'] === null) event['data'] = null
  const fault = (name: string, message: string): void => {
    errors.push({ pointer: pointerTo(at, name), message })
  }
  for (const name of REQUIRED) if (event[name] === undefined) fault(name, 'is missing')
  if (event['specversion'] !== undefined && event['specversion'] !== '1.0') fault('specversion', 'must be "1.0"')
  for (const [name, member] of Object.entries(event)) {
    if (name === 'data' || name === 'data_base64') continue
    const isText = ([...REQUIRED, ...OPTIONAL] as readonly string[]).includes(name)
    const text = scalarText(member)
    if (!NAME.test(name)) fault(name, 'is not the name of an attribute: 1 to 20 lower-case letters and digits')
    else if (text === undefined || (isText && typeof member !== 'string'))
      fault(name, isText ? 'must be text' : 'must be text, a number or a boolean')
    else if (text === '') fault(name, 'must not be empty')
    else if (text.length > ATTRIBUTE_MAX_CHARS) fault(name, `must have at most ${ATTRIBUTE_MAX_CHARS} characters`)
    else {
      const message = faultOfText(text)
      if (message !== undefined) fault(name, message)
    }
  }
  const { time, data_base64: bytes } = event
  if (typeof time === 'string' && !(TIME.test(time) && !Number.isNaN(Date.parse(time))))
    fault('time', 'must be a time such as "2026-01-02T03:04:05Z" (RFC 3339)')
  if (bytes !== undefined && 'data' in event) fault('data_base64', 'must not be sent together with data')
  if (bytes !== undefined && !(typeof bytes === 'string' && bytes.length % 4 === 0 && BASE64.test(bytes)))
    fault('data_base64', 'must be base64')
  return event
}

/** @throws Fault `validation_failed` for text that is not JSON, nested too deep, or that the database cannot store */
function jsonOf(body: Buffer): unknown {
  let text: string
  let value: unknown
  try {
    text = decodeUtf8(body)
    refuseDeepJson(text)
    value = parseJson(text)
  } catch (error) {
    if (error instanceof Fault) throw error
    throw invalid([{ pointer: '', message: error instanceof SyntaxError ? 'is not JSON' : 'is not UTF-8' }])
  }
  const errors = hasRiskyEscape(text) ? textFaults(value) : []
  if (errors.length > 0) throw invalid(errors)
  return value
}

function decodePercents(text: string): string {
  try {
    return decodeURIComponent(text)
  } catch {
    return text
  }
}

function invalid(errors: readonly FieldFault[]): Fault {
  return new Fault('validation_failed', { why: 'cloud_event', errors })
}
