import type { FastifyRequest } from 'fastify'
import { carriesCredential } from '../auth/extract-credential.ts'
import type { Origin } from '../auth/principal.ts'
import type { CallTarget } from '../gateway/admit.ts'
import type { ListenerRecord } from '../listeners/listener-cache.ts'
import type { CallFacts } from './call-headers.ts'
import { queryOf } from './request.ts'

/** What is known about a listener call so far. Each step fills in its part. */
export interface ListenerCall extends CallFacts {
  target: CallTarget
  /** The query as it was sent. It may contain credentials, so it must not be logged or shown. */
  query: URLSearchParams | undefined
  origin: Origin
  /** The listener of a signed call, until its signature is verified. */
  unverified: ListenerRecord | undefined
}

declare module 'fastify' {
  interface FastifyRequest {
    call: ListenerCall | null
  }
}

/** Starts collecting the facts about a call, for its log line and the headers of its answer. */
export function openCall(request: FastifyRequest, target: CallTarget): ListenerCall {
  const listenerId = target.listenerId ?? target.others?.[0]
  const query = queryOf(request)
  const call: ListenerCall = {
    target,
    query,
    origin: { ip: request.ip, requestId: request.id },
    page: listenerId === undefined ? undefined : request.headers.origin,
    pageNamedBy: undefined,
    urlHasCredential: query !== undefined && carriesCredential(query),
    unverified: undefined,
    admission: undefined,
    remaining: undefined
  }
  if (request.trace) call.origin.trace = request.trace
  request.listenerCall = { listenerId }
  request.call = call
  return call
}
