import type { FastifyReply, FastifyRequest } from 'fastify'
import type { Principal } from '../auth/principal.ts'
import type { WorkspaceOrigins } from '../workspaces/origins.ts'
import { allowOrigin, answerPreflight } from './cors.ts'
import type { App } from './server.ts'

const BEARER = /^(?:bearer|access_token) /i

/**
 * Lets pages of a workspace's origins read the answer to a credential of that workspace, errors included. It runs after
 * the guard. Only bearer tokens count, because browsers send cookies and Basic by themselves, but a page has to send a
 * bearer token explicitly.
 */
export function allowPagesOfWorkspace(origins: WorkspaceOrigins) {
  return async (request: FastifyRequest, reply: FastifyReply): Promise<void> => {
    const { origin, authorization = '' } = request.headers
    reply.header('Vary', 'Origin')
    if (origin === undefined || !request.principal || !BEARER.test(authorization)) return
    for (const workspaceId of workspacesOf(request.principal)) {
      if (await origins.has(workspaceId, origin)) return allowOrigin(reply, origin)
    }
  }
}

/** Answers preflights for a path that uses {@link allowPagesOfWorkspace}. */
export function preflightOfWorkspaces(
  app: App,
  origins: WorkspaceOrigins,
  path: string,
  methods: readonly string[]
): void {
  app.options(path, { schema: { hide: true } }, async (request, reply) => {
    const { origin } = request.headers
    return answerPreflight(request, reply, origin !== undefined && (await origins.isKnown(origin)), methods)
  })
}

function workspacesOf(principal: Principal): Iterable<string> {
  if (principal.kind === 'anonymous') return []
  if (principal.kind === 'action') return [principal.action.workspaceId]
  return 'account' in principal ? principal.account.memberships.keys() : [principal.workspaceId]
}
