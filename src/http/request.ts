import type { IncomingHttpHeaders } from 'node:http'
import { Fault } from '../lib/fault.ts'
import { decodeForm } from '../lib/form-encoding.ts'
import { newTimedId } from '../lib/ids.ts'

/**
 * The form of an `X-Request-Id` that is kept. Text that could be one of our credentials, or could do harm in a log or a
 * page, does not match.
 */
const REQUEST_ID = /^(?!sl[a-z]_)[A-Za-z0-9_-]{8,64}$/

/** The id that the caller, or a proxy in front, gave the request; otherwise a new one. */
export function requestIdOf({ headers }: { headers: IncomingHttpHeaders }): string {
  const given = headers['x-request-id']
  return typeof given === 'string' && REQUEST_ID.test(given) ? given : newTimedId('req')
}

/** The path of a request as it was sent, without the query. */
export function pathOf({ url }: { url: string }): string {
  const search = url.indexOf('?')
  return search < 0 ? url : url.slice(0, search)
}

/**
 * The query of a request as it was sent, credentials included; undefined if the URL has none.
 * @throws Fault `invalid_request` for a query that is not UTF-8
 */
export function queryOf({ url }: { url: string }): URLSearchParams | undefined {
  const search = url.indexOf('?')
  if (search < 0) return undefined
  const text = url.slice(search + 1)
  // Only bytes beyond ASCII can be invalid UTF-8.
  if (/%[89A-F]/i.test(text)) refuseMalformed(text)
  return new URLSearchParams(text)
}

function refuseMalformed(query: string): void {
  try {
    decodeForm(query, 'utf-8')
  } catch {
    throw new Fault('invalid_request', { why: 'malformed_query', detail: 'The query of the URL is not UTF-8.' })
  }
}

/** The 60th second of a minute (RFC 3339, section 5.7). */
const LEAP_SECOND = /(T[0-9]{2}:[0-9]{2}:)60/i

/**
 * Parses a time in a query. RFC 3339 allows some times that cannot be stored, such as the year 0. A leap second is read
 * as the second after it, as the clocks here count.
 * @throws Fault `validation_failed` at `pointer`
 */
export function timeOf(text: string | undefined, pointer: string): Date | undefined {
  if (text === undefined) return undefined
  const leap = LEAP_SECOND.exec(text)
  const time = new Date(leap ? text.replace(LEAP_SECOND, '$159') : text)
  if (leap) time.setTime(time.getTime() + 1_000)
  if (Number.isNaN(time.getTime()) || time.getTime() < 0)
    throw new Fault('validation_failed', { errors: [{ pointer, message: 'must be a time after 1970' }] })
  return time
}
