import { STATUS_CODES } from 'node:http'
import type { Socket } from 'node:net'
import type { FastifyError } from 'fastify'
import { pointerTo } from '../lib/json-pointer.ts'
import { Fault, type FaultCode, type FieldFault } from '../lib/fault.ts'
import { newTimedId } from '../lib/ids.ts'
import { isUnavailable } from '../platform/db/client.ts'
import { PROBLEM_TYPE, problemOf } from './problem.ts'

/** The framework's own errors, as our codes. Its other client errors become `invalid_request`. */
const BY_FRAMEWORK_CODE: Readonly<Record<string, FaultCode>> = {
  FST_ERR_CTP_BODY_TOO_LARGE: 'payload_too_large',
  FST_ERR_CTP_INVALID_MEDIA_TYPE: 'unsupported_media_type',
  FST_ERR_CTP_INVALID_CONTENT_LENGTH: 'invalid_request',
  FST_ERR_NOT_FOUND: 'not_found'
}

/**
 * Converts any error to the fault that the caller sees. An unexpected error becomes `internal_error` and is kept as its
 * cause, for the log.
 */
export function faultOf(error: unknown): Fault {
  if (error instanceof Fault) return error
  if (isUnavailable(error))
    return new Fault('unavailable', { why: 'database_unavailable', cause: error, headers: { 'Retry-After': '1' } })
  const known = error as Partial<FastifyError>
  if (known.validation) {
    return new Fault('validation_failed', {
      why: `schema of the ${known.validationContext ?? 'request'}`,
      errors: known.validation.map(fieldFaultOf)
    })
  }
  const code = BY_FRAMEWORK_CODE[known.code ?? '']
  if (code) return new Fault(code, { why: known.code ?? code })
  if (known.code === 'FST_ERR_CTP_INVALID_JSON_BODY' || (error instanceof SyntaxError && known.statusCode === 400))
    return new Fault('invalid_request', { why: 'malformed_json', detail: 'The body is not valid JSON.' })
  if (known.statusCode !== undefined && known.statusCode >= 400 && known.statusCode < 500)
    return new Fault('invalid_request', { why: known.code ?? 'refused by the server' })
  return new Fault('internal_error', { why: error instanceof Error ? error.message : String(error), cause: error })
}

type Validation = NonNullable<FastifyError['validation']>[number]

function fieldFaultOf({ instancePath, keyword, params, message }: Validation): FieldFault {
  if (keyword === 'additionalProperties')
    return {
      pointer: pointerTo(instancePath, String(params.additionalProperty)),
      message: 'is not a field of this call'
    }
  if (keyword === 'required')
    return { pointer: pointerTo(instancePath, String(params.missingProperty)), message: 'is missing' }
  if (keyword === 'enum')
    return { pointer: instancePath, message: `must be one of ${(params.allowedValues as unknown[]).join(', ')}` }
  if (keyword === 'const') return { pointer: instancePath, message: `must be ${JSON.stringify(params.allowedValue)}` }
  return { pointer: instancePath, message: message ?? 'is not valid' }
}

/**
 * The statuses of requests that Node's parser rejects before routing (RFC 9110, section 15.5.9; RFC 6585, section 5).
 */
const STATUSES: Readonly<Record<string, number>> = { ERR_HTTP_REQUEST_TIMEOUT: 408, HPE_HEADER_OVERFLOW: 431 }

/**
 * Answers malformed HTTP with a problem document, and closes the connection, because what follows on it cannot be
 * trusted.
 */
export function answerClientError(error: Error & { code?: string }, socket: Socket): void {
  if (!socket.writable || error.code === 'ECONNRESET') {
    socket.destroy()
    return
  }
  answerRaw(socket, new Fault('invalid_request', { status: STATUSES[error.code ?? ''] ?? 400 }), {})
}

/** Answers on a bare socket with a problem document, and closes it. */
export function answerRaw(socket: Socket, fault: Fault, headers: Readonly<Record<string, string>>): void {
  const requestId = newTimedId('req')
  const body = JSON.stringify(problemOf(fault, requestId))
  const head = [
    `HTTP/1.1 ${fault.status} ${STATUS_CODES[fault.status] ?? ''}`,
    ...Object.entries(headers).map(([name, value]) => `${name}: ${value}`),
    `Content-Type: ${PROBLEM_TYPE}`,
    `Content-Length: ${Buffer.byteLength(body)}`,
    `X-Request-Id: ${requestId}`,
    'Connection: close'
  ]
  socket.end(`${head.join('\r\n')}\r\n\r\n${body}`, () => socket.destroy())
}
