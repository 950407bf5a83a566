import type { FastifyReply } from 'fastify'
import { Type } from 'typebox'
import { DOCUMENT_LIMITS } from '../../dsl/index.ts'
import { addVersion } from '../../flows/add-version.ts'
import { checkDocument } from '../../flows/check-document.ts'
import type { AuthorQueues } from '../../flows/author-limits.ts'
import { createFlow, type FlowDeps } from '../../flows/create.ts'
import { Fault } from '../../lib/fault.ts'
import { type Guards, managerOf, membershipOf, requestActor } from '../guards.ts'
import { FlowParams, WorkspaceParams } from '../params.ts'
import { Closed, FieldFaultSchema, problems, Ref } from '../schemas.ts'
import type { App } from '../server.ts'
import { authorOf, DocumentBody, draftOf, readDocuments, takeNote } from './flow-documents.ts'
import { FlowSchema, Note } from './flow-schemas.ts'

export interface FlowDraftRouteDeps extends FlowDeps {
  authorQueues: AuthorQueues
}

/** The calls whose body is a document, in JSON or YAML. */
export function flowDraftRoutes(scope: App, deps: FlowDraftRouteDeps, guards: Guards): void {
  readDocuments(scope)
  const onRequest = guards.manager
  const bodyLimit = DOCUMENT_LIMITS.bytes

  scope.post(
    '/v1/workspaces/:workspaceId/flows',
    {
      onRequest,
      bodyLimit,
      schema: {
        operationId: 'createFlow',
        tags: ['flows'],
        summary: 'Save a new flow; its first version is published at once',
        params: WorkspaceParams,
        body: DocumentBody,
        response: { 201: Ref(FlowSchema), ...problems(400, 401, 403, 404, 409, 413, 415, 429) }
      }
    },
    async (request, reply) => {
      const membership = membershipOf(request, 'editor')
      const flow = await deps.authorQueues.validations.run(authorOf(request).key, async () =>
        createFlow(deps, membership, await draftOf(deps, request), requestActor(request))
      )
      tagVersion(reply, flow.version)
      return reply.code(201).send(flow)
    }
  )

  scope.put(
    '/v1/flows/:flowId',
    {
      onRequest,
      bodyLimit,
      schema: {
        operationId: 'updateFlow',
        tags: ['flows'],
        summary: 'Save a new version without publishing it',
        params: FlowParams,
        querystring: Closed({ note: Type.Optional(Note) }),
        headers: Type.Object({
          'if-match': Type.Optional(
            Type.String({ description: 'The ETag of the version that was edited; 409 if it is no longer the latest' })
          )
        }),
        body: DocumentBody,
        response: { 200: Ref(FlowSchema), ...problems(400, 401, 403, 404, 409, 413, 415, 429) }
      }
    },
    async (request, reply) => {
      const flow = await deps.authorQueues.validations.run(authorOf(request).key, async () =>
        addVersion(
          deps,
          managerOf(request).account,
          request.params.flowId,
          takeNote(await draftOf(deps, request), request.query.note),
          fitsIfMatch(request.headers['if-match']),
          requestActor(request)
        )
      )
      tagVersion(reply, flow.version)
      return flow
    }
  )

  scope.post(
    '/v1/flows/validate',
    {
      onRequest,
      bodyLimit,
      schema: {
        operationId: 'validateFlow',
        tags: ['flows'],
        summary: 'Validate a document without saving it',
        headers: Type.Object({
          prefer: Type.Optional(
            Type.String({ description: '`handling=lenient`: faults are answered with 200 too (RFC 7240)' })
          )
        }),
        body: DocumentBody,
        response: {
          200: Type.Object({ valid: Type.Boolean(), errors: Type.Array(FieldFaultSchema) }),
          ...problems(400, 401, 403, 413, 415, 429)
        }
      }
    },
    async (request, reply) => {
      const lenient = /(?:^|[,;\s])handling="?lenient\b/i.test(request.headers.prefer ?? '')
      if (lenient) reply.header('Preference-Applied', 'handling=lenient')
      try {
        const owner = authorOf(request)
        const actor = requestActor(request)
        await deps.authorQueues.validations.run(owner.key, async () => {
          const { document, locate } = await draftOf(deps, request)
          await checkDocument(deps, document, { owner, actor, locate })
        })
        return { valid: true, errors: [] }
      } catch (error) {
        if (lenient && error instanceof Fault && error.code === 'validation_failed')
          return { valid: false, errors: [...(error.errors ?? [])] }
        throw error
      }
    }
  )
}

/** Sets the version of the answer as its ETag (RFC 9110, section 8.8.3). */
export function tagVersion(reply: FastifyReply, version: number): void {
  reply.header('ETag', `"${version}"`)
}

/**
 * Returns a check of whether `If-Match` names the latest version (RFC 9110, section 13.1.1). Without the header, or
 * with `*`, every version matches. A bare number is accepted too, because people write it by hand. A weak tag never
 * matches, as the RFC requires.
 */
function fitsIfMatch(header: string | undefined): (latest: number) => boolean {
  if (header === undefined || header.trim() === '*') return () => true
  const tags = header.split(',').map((tag) => tag.trim())
  return (latest) => tags.includes(`"${latest}"`) || tags.includes(String(latest))
}
