import { Type } from 'typebox'
import type { Mock } from '../../dsl/index.ts'
import { type CheckDeps, checkDocument } from '../../flows/check-document.ts'
import { findCheckedVersion, findFlow } from '../../flows/read.ts'
import { type SimulateDeps, simulateFlow } from '../../flows/simulate/simulate.ts'
import type { Database } from '../../platform/db/client.ts'
import { maskJson } from '../../runs/mask.ts'
import { type Guards, managerOf } from '../guards.ts'
import { FlowParams } from '../params.ts'
import { Closed, FlowProblemSchema, Nullable, OneOf, problems, Ref, StepSchema } from '../schemas.ts'
import type { App } from '../server.ts'
import { EXAMPLE_DOCUMENT } from './flow-documents.ts'

export interface SimulationRouteDeps extends Omit<SimulateDeps, 'mask'>, CheckDeps {
  database: Database
}

const MOCKS_MAX = 1_000

const SimulationSchema = Type.Object(
  {
    status: OneOf(['succeeded', 'failed']),
    output: Type.Unknown(),
    error: Nullable(Ref(FlowProblemSchema)),
    steps: Type.Array(Ref(StepSchema))
  },
  { $id: 'Simulation', description: 'Secrets are masked' }
)

const MockSchema = Type.Union([
  Closed({ output: Type.Unknown() }),
  Closed({
    error: Closed({
      type: Type.Optional(Type.String()),
      status: Type.Optional(Type.Integer({ minimum: 100, maximum: 599 })),
      title: Type.Optional(Type.String()),
      detail: Type.Optional(Type.String()),
      instance: Type.Optional(Type.String())
    })
  })
])
const simulationFields = {
  input: Type.Optional(Type.Unknown({ description: 'The raw input of the flow; absent = null' })),
  mocks: Type.Optional(
    Type.Record(Type.String(), MockSchema, {
      maxProperties: MOCKS_MAX,
      description: 'Mocked results by the JSON Pointer of a task; a mocked task does not run'
    })
  ),
  live: Type.Optional(Type.Boolean({ description: 'Whether calls that are not mocked are really made; default false' }))
}
const StoredSimulation = Closed(simulationFields, { examples: [{ input: { query: { name: 'Ada' } } }] })
const DocumentSimulation = Closed(
  { document: Type.Unknown(), ...simulationFields },
  { examples: [{ document: EXAMPLE_DOCUMENT, input: { query: { name: 'Ada' } } }] }
)

export function simulationRoutes(app: App, deps: SimulationRouteDeps, guards: Guards): void {
  app.addSchema(SimulationSchema)
  const onRequest = guards.manager
  const simulate = { ...deps, mask: maskJson }

  app.post(
    '/v1/flows/simulate',
    {
      onRequest,
      schema: {
        operationId: 'simulateDocument',
        tags: ['flows'],
        summary: 'Run a document without saving it, outside any workspace and without secrets',
        body: DocumentSimulation,
        response: { 200: Ref(SimulationSchema), ...problems(400, 401, 403) }
      }
    },
    async (request) => {
      const { document: given, input = null, mocks = {}, live = false } = request.body
      const checked = await checkDocument(deps, given, { at: '/document' })
      return simulateFlow(simulate, {
        ...checked,
        workspaceId: undefined,
        input,
        mocks: mocks as Record<string, Mock>,
        live,
        requestId: request.id
      })
    }
  )

  app.post(
    '/v1/flows/:flowId/simulate',
    {
      onRequest,
      schema: {
        operationId: 'simulateFlow',
        tags: ['flows'],
        summary: 'Run the latest version of a flow without recording the run',
        params: FlowParams,
        body: StoredSimulation,
        response: { 200: Ref(SimulationSchema), ...problems(400, 401, 403, 404) }
      }
    },
    async (request) => {
      const { input = null, mocks = {}, live = false } = request.body
      const flow = await findFlow(deps.database.prisma, managerOf(request).account, request.params.flowId, 'editor')
      const checked = await findCheckedVersion(deps.database.prisma, flow.id, flow.latestVersion)
      return simulateFlow(simulate, {
        ...checked,
        workspaceId: flow.workspaceId,
        input,
        mocks: mocks as Record<string, Mock>,
        live,
        requestId: request.id
      })
    }
  )
}
