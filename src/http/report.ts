import type { FastifyReply, FastifyRequest } from 'fastify'
import { credentialOf, idOf, type Principal } from '../auth/principal.ts'
import { CredentialFault } from '../auth/authenticate.ts'
import type { CallCredential } from '../lib/credential-kind.ts'
import type { Fault } from '../lib/fault.ts'
import type { CallReport } from '../platform/log/call-report.ts'
import { pathOf } from './request.ts'

/** Facts about a listener call that its log line needs besides those of every call. */
declare module 'fastify' {
  interface FastifyRequest {
    listenerCall: {
      /**
       * Undefined if the path does not name a listener. The text is then not logged, because it could be a credential.
       */
      listenerId: string | undefined
      runId?: string
      /** The account that tries the listener. */
      triedBy?: string
      /**
       * Whether the listener answers errors with DCKAP's statuses; set once the caller may know that the listener
       * exists.
       */
      compat?: boolean
    } | null
  }
}

/** Makes the report of a call that has been answered. */
export function reportCall(request: FastifyRequest, reply: FastifyReply): CallReport {
  const report: CallReport = {
    requestId: request.id,
    method: request.method,
    route: request.routeOptions.url ?? '(none)',
    path: pathOf(request),
    status: reply.statusCode,
    ms: Math.round(reply.elapsedTime * 1000) / 1000,
    ip: request.ip
  }
  const { principal, fault, listenerCall, trace } = request
  if (trace) {
    report.traceId = trace.traceId
    if (trace.callerTraceId !== undefined) report.callerTraceId = trace.callerTraceId
  }
  if (principal) report.principal = principal.kind === 'anonymous' ? principal.kind : idOf(principal)
  const credential = shownBy(principal, fault)
  report.credential = credential
  if (credential.tokenId !== undefined) report.tokenId = credential.tokenId
  if (listenerCall) {
    if (listenerCall.listenerId !== undefined) report.listenerId = listenerCall.listenerId
    if (listenerCall.runId) report.runId = listenerCall.runId
    if (listenerCall.triedBy !== undefined) report.triedBy = listenerCall.triedBy
  }
  if (fault) {
    report.code = fault.code
    if (fault.why !== undefined) report.why = fault.why
    if (fault.code === 'internal_error') report.cause = fault.cause
  }
  return report
}

function shownBy(principal: Principal | null, fault: Fault | null): CallCredential {
  // An anonymous caller that was refused sent no credential.
  if (principal?.kind === 'anonymous' && fault?.code === 'unauthenticated') return { kind: 'none' }
  if (principal) return credentialOf(principal)
  if (fault instanceof CredentialFault) return fault.credential
  return { kind: fault === null || fault.code === 'unauthenticated' ? 'none' : 'unknown' }
}
