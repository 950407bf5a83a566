import { decompressBody } from './decompress-body.ts'

/** The body of a call, with its headers. */
export interface SentBody {
  headers: Readonly<Record<string, string | string[] | undefined>>
  body: Buffer | undefined
}

/**
 * Returns the call with its body decompressed, and with headers that describe that body.
 * @throws Fault `invalid_request`, `payload_too_large`, `unsupported_media_type`
 */
export function withPlainBody<Sent extends SentBody>(call: Sent, maxBytes: number): Sent | Promise<Sent> {
  const coding = call.headers['content-encoding']
  return !call.body || coding === undefined ? call : decompressed(call, call.body, String(coding), maxBytes)
}

async function decompressed<Sent extends SentBody>(
  call: Sent,
  body: Buffer,
  coding: string,
  maxBytes: number
): Promise<Sent> {
  const { 'content-encoding': _coding, 'content-length': _length, ...headers } = call.headers
  return { ...call, headers, body: await decompressBody(body, coding, maxBytes) }
}
