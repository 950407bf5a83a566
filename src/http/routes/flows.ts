import type { FastifyReply } from 'fastify'
import { Type } from 'typebox'
import { diagram, DOCUMENT_LIMITS, DOCUMENT_SCHEMA, type FlowDocument } from '../../dsl/index.ts'
import { addVersion } from '../../flows/add-version.ts'
import { checkDocument } from '../../flows/check-document.ts'
import { createFlow, type FlowDeps } from '../../flows/create.ts'
import { deleteFlow } from '../../flows/delete.ts'
import { VERSION_MAX } from '../../flows/flow.ts'
import { publishFlow } from '../../flows/publish.ts'
import { listFlows, listVersions, readFlow } from '../../flows/read.ts'
import type { Database } from '../../platform/db/client.ts'
import { Fault } from '../../lib/fault.ts'
import { type Guards, managerOf, membershipOf, requestActor } from '../guards.ts'
import { FlowParams, WorkspaceParams } from '../params.ts'
import {
  Closed,
  CountedPageOf,
  FieldFaultSchema,
  Nullable,
  OneOf,
  PageOf,
  PageQuery,
  problems,
  Ref,
  Search,
  Time
} from '../schemas.ts'
import type { App } from '../server.ts'
import {
  authorOf,
  DocumentBody,
  draftOf,
  EXAMPLE_DOCUMENT,
  NOTE_MAX,
  readDocuments,
  takeNote,
  wantsYaml
} from './flow-documents.ts'
import { type SimulationRouteDeps, simulationRoutes } from './simulations.ts'

export interface FlowRouteDeps extends FlowDeps, SimulationRouteDeps {
  database: Database
}

const AuthorSchema = Type.Object({
  id: Type.String(),
  name: Nullable(Type.String({ description: 'null for a deleted account' }))
})
const summaryFields = {
  id: Type.String(),
  workspaceId: Type.String(),
  namespace: Nullable(Type.String()),
  name: Type.String(),
  version: Type.Integer({ description: 'The version in this answer' }),
  latestVersion: Type.Integer(),
  publishedVersion: Type.Integer({ description: 'The version that listeners run' }),
  publishedBy: Nullable(AuthorSchema),
  createdAt: Time,
  updatedAt: Time
}
const FlowSummarySchema = Type.Object(summaryFields, { $id: 'FlowSummary' })
const FlowSchema = Type.Object(
  {
    ...summaryFields,
    document: Type.Unknown({ examples: [EXAMPLE_DOCUMENT] }),
    source: Type.Object(
      { type: OneOf(['application/json', 'application/yaml']), text: Type.String() },
      { description: 'The text of the version as it was sent, comments included' }
    )
  },
  { $id: 'Flow' }
)
const VersionSchema = Type.Object(
  {
    version: Type.Integer(),
    name: Type.String(),
    published: Type.Boolean(),
    createdBy: AuthorSchema,
    note: Nullable(Type.String({ description: 'What its author says about it' })),
    createdAt: Time
  },
  { $id: 'FlowVersion' }
)

const SCHEMA_TEXT = JSON.stringify(DOCUMENT_SCHEMA)
const Version = Type.Integer({ minimum: 1, maximum: VERSION_MAX })
const VersionQuery = Closed({ version: Type.Optional(Version) })
const Note = Type.String({ maxLength: NOTE_MAX, pattern: '^[^\\u0000]*$', description: 'What changed, for people' })
const Publish = Closed(
  { version: Version, note: Type.Optional(Note) },
  { examples: [{ version: 2 }, { version: 2, note: 'Prices in euro' }] }
)
const FlowQuery = Closed({ ...PageQuery, q: Type.Optional({ ...Search, description: 'Part of the name' }) })
const YamlOrJson = {
  description: 'The flow as JSON, or the text of its document as YAML',
  content: {
    'application/json': { schema: Ref(FlowSchema) },
    'application/yaml': { schema: Type.String() }
  }
}
const Mermaid = { description: 'A Mermaid flowchart', content: { 'text/plain': { schema: Type.String() } } }

export function flowRoutes(app: App, deps: FlowRouteDeps, guards: Guards): void {
  for (const schema of [FlowSummarySchema, FlowSchema, VersionSchema]) app.addSchema(schema)
  const onRequest = guards.manager
  void app.register(async (scope: App) => documentRoutes(scope, deps, guards))
  simulationRoutes(app, deps, guards)

  app.get(
    '/v1/workspaces/:workspaceId/flows',
    {
      onRequest,
      schema: {
        operationId: 'listFlows',
        tags: ['flows'],
        summary: 'The flows of a workspace, newest first',
        params: WorkspaceParams,
        querystring: FlowQuery,
        response: { 200: CountedPageOf(Ref(FlowSummarySchema)), ...problems(400, 401, 403, 404) }
      }
    },
    async (request) => listFlows(deps, membershipOf(request, 'viewer'), request.query)
  )

  app.get(
    '/v1/flows/schema',
    {
      config: { compressible: true },
      schema: {
        operationId: 'getFlowSchema',
        tags: ['flows'],
        summary: 'The JSON Schema of documents that run here, for editors',
        security: [],
        response: {
          200: {
            description: 'A JSON Schema (2020-12)',
            content: { 'application/schema+json': { schema: Type.Unsafe<string>({ type: 'object' }) } }
          }
        }
      }
    },
    async (_request, reply) => reply.type('application/schema+json; charset=utf-8').send(SCHEMA_TEXT)
  )

  app.get(
    '/v1/flows/:flowId',
    {
      onRequest,
      config: { compressible: true },
      schema: {
        operationId: 'getFlow',
        tags: ['flows'],
        summary: 'A flow with the document of its latest version or of a given one',
        params: FlowParams,
        querystring: VersionQuery,
        response: { 200: YamlOrJson, ...problems(400, 401, 403, 404) }
      }
    },
    async (request, reply) => {
      const flow = await readFlow(deps, managerOf(request).account, request.params.flowId, request.query.version)
      tagVersion(reply, flow.version)
      reply.header('Vary', 'Accept')
      if (!wantsYaml(request.headers.accept)) return reply.type('application/json; charset=utf-8').send(flow)
      return reply.type('application/yaml; charset=utf-8').send(flow.source.text)
    }
  )

  app.get(
    '/v1/flows/:flowId/versions',
    {
      onRequest,
      schema: {
        operationId: 'listFlowVersions',
        tags: ['flows'],
        summary: 'The versions of a flow, newest first',
        params: FlowParams,
        querystring: Closed(PageQuery),
        response: { 200: PageOf(Ref(VersionSchema)), ...problems(400, 401, 403, 404) }
      }
    },
    async (request) => listVersions(deps, managerOf(request).account, request.params.flowId, request.query)
  )

  app.post(
    '/v1/flows/:flowId/publish',
    {
      onRequest,
      schema: {
        operationId: 'publishFlow',
        tags: ['flows'],
        summary: 'Publish a version: listeners run it from now on',
        params: FlowParams,
        body: Publish,
        response: { 200: Ref(FlowSchema), ...problems(400, 401, 403, 404) }
      }
    },
    async (request) =>
      publishFlow(deps, managerOf(request).account, request.params.flowId, request.body, requestActor(request))
  )

  app.delete(
    '/v1/flows/:flowId',
    {
      onRequest,
      schema: {
        operationId: 'deleteFlow',
        tags: ['flows'],
        summary: 'Delete a flow that no listener uses',
        params: FlowParams,
        response: { 204: Type.Null(), ...problems(401, 403, 404, 409) }
      }
    },
    async (request, reply) => {
      await deleteFlow(deps, managerOf(request).account, request.params.flowId, requestActor(request))
      return reply.code(204).send(null)
    }
  )

  app.get(
    '/v1/flows/:flowId/diagram',
    {
      onRequest,
      schema: {
        operationId: 'getFlowDiagram',
        tags: ['flows'],
        summary: 'A diagram of a flow, as Mermaid text',
        params: FlowParams,
        querystring: VersionQuery,
        response: { 200: Mermaid, ...problems(400, 401, 403, 404) }
      }
    },
    async (request, reply) => {
      const { document } = await readFlow(
        deps,
        managerOf(request).account,
        request.params.flowId,
        request.query.version
      )
      return reply.type('text/plain; charset=utf-8').send(diagram(document as FlowDocument))
    }
  )
}

/** The calls whose body is a document, in JSON or YAML. */
function documentRoutes(scope: App, deps: FlowRouteDeps, guards: Guards): void {
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
        response: { 201: Ref(FlowSchema), ...problems(400, 401, 403, 404, 409, 413, 415) }
      }
    },
    async (request, reply) => {
      const membership = membershipOf(request, 'editor')
      const flow = await createFlow(deps, membership, await draftOf(deps, request), requestActor(request))
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
        response: { 200: Ref(FlowSchema), ...problems(400, 401, 403, 404, 409, 413, 415) }
      }
    },
    async (request, reply) => {
      const flow = await addVersion(
        deps,
        managerOf(request).account,
        request.params.flowId,
        takeNote(await draftOf(deps, request), request.query.note),
        fitsIfMatch(request.headers['if-match']),
        requestActor(request)
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
        await deps.authorPlaces.validations.run(owner.key, async () => {
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
function tagVersion(reply: FastifyReply, version: number): void {
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
