import { Type } from 'typebox'
import { diagram, DOCUMENT_SCHEMA, type FlowDocument } from '../../dsl/index.ts'
import type { FlowDeps } from '../../flows/create.ts'
import { deleteFlow } from '../../flows/delete.ts'
import { VERSION_MAX } from '../../flows/flow.ts'
import { publishFlow } from '../../flows/publish.ts'
import { listFlows, listVersions, readFlow } from '../../flows/read.ts'
import type { Database } from '../../platform/db/client.ts'
import { type Guards, managerOf, membershipOf, requestActor } from '../guards.ts'
import { FlowParams, WorkspaceParams } from '../params.ts'
import { Closed, CountedPageOf, PageOf, PageQuery, problems, Ref, Search } from '../schemas.ts'
import type { App } from '../server.ts'
import { wantsYaml } from './flow-documents.ts'
import { flowDraftRoutes, tagVersion } from './flow-drafts.ts'
import { FlowSchema, FlowSummarySchema, Note, VersionSchema } from './flow-schemas.ts'
import { type SimulationRouteDeps, simulationRoutes } from './simulations.ts'

export interface FlowRouteDeps extends FlowDeps, SimulationRouteDeps {
  database: Database
}

const SCHEMA_TEXT = JSON.stringify(DOCUMENT_SCHEMA)
const Version = Type.Integer({ minimum: 1, maximum: VERSION_MAX })
const VersionQuery = Closed({ version: Type.Optional(Version) })
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
  void app.register(async (scope: App) => flowDraftRoutes(scope, deps, guards))
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
