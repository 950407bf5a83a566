import type { Readable } from 'node:stream'
import type { FastifyReply, FastifyRequest } from 'fastify'
import { Type } from 'typebox'
import type { WorkspaceFeed } from '../../requests/feed.ts'
import { type Membership, requireRunning } from '../../workspaces/access.ts'
import { faultOf } from '../errors.ts'
import type { EventStreams } from '../event-streams.ts'
import { type Guards, managerOf, membershipOf, type ParamsRequest } from '../guards.ts'
import { WorkspaceParams } from '../params.ts'
import { problems } from '../schemas.ts'
import type { App } from '../server.ts'

/** The stream of a workspace's requests, runs and changes of tokens. */
export function feedRoutes(
  app: App,
  { workspaceFeed, streams }: { workspaceFeed: WorkspaceFeed; streams: EventStreams },
  guards: Guards
): void {
  app.addHook('preClose', async () => workspaceFeed.close())

  /**
   * Checks the credential again as if it came with a new request. An error that leaves the question open is not a loss
   * of access.
   */
  async function mayStillRead(
    request: FastifyRequest & ParamsRequest<{ workspaceId: string }>,
    reply: FastifyReply
  ): Promise<boolean> {
    try {
      await guards.manager(request, reply)
      followedBy(request)
      return true
    } catch (error) {
      return faultOf(error).status >= 500
    }
  }

  app.get(
    '/v1/workspaces/:workspaceId/feed',
    {
      onRequest: guards.manager,
      schema: {
        operationId: 'followWorkspace',
        tags: ['workspaces'],
        summary: 'What happens in a workspace, as server-sent events',
        description:
          'Events `request` (an item of the list of requests), `run` (a summary) and `token` ({ id, name, start, ' +
          'change }). With `Last-Event-ID`, a stream continues where another ended up to 10 minutes ago. After a ' +
          'longer time, or if the reader is too slow, it sends `reset`: read the lists again. Under heavy load it ' +
          'shows only the newest events.',
        params: WorkspaceParams,
        headers: Type.Object({ 'last-event-id': Type.Optional(Type.String({ maxLength: 100 })) }),
        response: {
          200: {
            description: 'Events `request`, `run`, `token` and `reset`',
            content: { 'text/event-stream': { schema: Type.Unsafe<Readable>({ type: 'string' }) } }
          },
          ...problems(401, 403, 404, 429, 503)
        }
      }
    },
    async (request, reply) => {
      const { workspaceId } = followedBy(request)
      const accountId = managerOf(request).account.id
      return streams.answer(reply, accountId, (signal) =>
        workspaceFeed.follow({
          workspaceId,
          accountId,
          lastEventId: request.headers['last-event-id'],
          signal,
          isAllowed: () => mayStillRead(request, reply)
        })
      )
    }
  )
}

/** @throws Fault `not_found`; `workspace_suspended`, because nothing happens in such a workspace */
function followedBy(request: ParamsRequest<{ workspaceId: string }>): Membership {
  const membership = membershipOf(request, 'viewer')
  requireRunning(managerOf(request).account, membership.workspaceId)
  return membership
}
