import type { FastifyInstance } from 'fastify'
import { markLongNumbers, restoreLongNumbers } from '../lib/exact-json.ts'
import { Fault } from '../lib/fault.ts'
import { refuseDeepJson } from '../lib/json.ts'
import { decodeBody, faultOfBody, faultOfNames } from './text.ts'

/** Bodies are JSON. Numbers that no double can hold keep their digits (`lib/exact-json.ts`). */
export function registerBodyParsers(app: FastifyInstance): void {
  const parseJson = app.getDefaultJsonParser('error', 'error')
  app.removeContentTypeParser(['application/json', 'text/plain'])
  // Some clients declare a content type and send no body.
  app.addContentTypeParser('*', { parseAs: 'buffer' }, (request, body, done) => {
    done(
      body.length === 0
        ? null
        : new Fault('unsupported_media_type', { why: request.headers['content-type'] ?? 'no content type' }),
      undefined
    )
  })
  app.addContentTypeParser('application/json', { parseAs: 'buffer' }, (request, body: Buffer, done) => {
    // Many clients send this content type without a body.
    if (body.length === 0) return done(null, undefined)
    let text: string
    try {
      text = decodeBody(body)
      refuseDeepJson(text)
    } catch (error) {
      return done(error as Error)
    }
    return parseJson(request, markLongNumbers(text), (error, parsed?: unknown) => {
      const value = restoreLongNumbers(parsed)
      done((error ? (faultOfNames(text) ?? error) : faultOfBody(text, value)) ?? null, value)
    })
  })
}
