import { Type } from 'typebox'
import { readEvents } from '../../events/cloud-events.ts'
import { type Inbox, INBOX_LIMITS } from '../../events/inbox.ts'
import { type Guards, membershipOf } from '../guards.ts'
import { WorkspaceParams } from '../params.ts'
import { problems } from '../schemas.ts'
import type { App } from '../server.ts'

const EXAMPLE = {
  specversion: '1.0',
  id: 'order-7-paid',
  source: 'https://shop.example/payments',
  type: 'com.example.order.paid',
  data: { orderId: 7 }
}
const EventBody = { type: 'object', description: 'CloudEvents 1.0, JSON format', examples: [EXAMPLE] }

/** Receives events of other systems, which start flows (`schedule.on`) and end waits (`listen`). */
export function inboxRoutes(app: App, { inbox }: { inbox: Inbox }, guards: Guards): void {
  void app.register(async (given) => {
    const scope = given as App
    // The data of a binary event has any type, and is parsed after the guard has run.
    scope.removeAllContentTypeParsers()
    scope.addContentTypeParser('*', { parseAs: 'buffer' }, (_request, body, done) => done(null, body))

    scope.post(
      '/v1/workspaces/:workspaceId/inbox',
      {
        onRequest: guards.manager,
        bodyLimit: INBOX_LIMITS.requestBytes,
        schema: {
          operationId: 'sendEvents',
          tags: ['events'],
          summary: 'Send events that start flows and end waits',
          description:
            'CloudEvents 1.0: structured (`application/cloudevents+json`), a batch (accepted whole or not at all), ' +
            'or binary (with the attributes in `ce-` headers). An event counts once for its source and id. Flows ' +
            'start after the answer.',
          params: WorkspaceParams,
          body: {
            content: {
              'application/cloudevents+json': { schema: EventBody },
              'application/json': {
                schema: { description: 'One event, or a list as a batch', examples: [EXAMPLE] }
              },
              'application/cloudevents-batch+json': {
                schema: { type: 'array', items: EventBody, maxItems: INBOX_LIMITS.batch, examples: [[EXAMPLE]] }
              }
            }
          },
          response: {
            202: Type.Object({
              accepted: Type.Integer({ description: 'Events that are new' }),
              duplicates: Type.Integer({ description: 'Events that were there already' })
            }),
            ...problems(400, 401, 403, 404, 413, 415, 429)
          }
        },
        // The body has no single schema; `readEvents` checks it.
        validatorCompiler: () => () => true
      },
      async (request, reply) => {
        const membership = membershipOf(request, 'editor')
        const events = readEvents(request.headers, (request.body as Buffer | undefined) ?? Buffer.alloc(0))
        reply.code(202)
        return inbox.accept(membership, events)
      }
    )
  })
}
