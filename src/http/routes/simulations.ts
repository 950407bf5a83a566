import { type Static, Type } from 'typebox'
import { DOCUMENT_LIMITS, type Mock } from '../../dsl/index.ts'
import type { JobOwner } from '../../dsl/expressions/expressions.ts'
import type { AuthorQueues } from '../../flows/author-limits.ts'
import { type CheckDeps, checkDocument, type CheckedDocument, readDraft } from '../../flows/check-document.ts'
import { findCheckedVersion, findFlow } from '../../flows/read.ts'
import { type SimulateDeps, simulateFlow } from '../../flows/simulate/simulate.ts'
import type { Actor } from '../../lib/actor.ts'
import { Fault } from '../../lib/fault.ts'
import type { Database } from '../../platform/db/client.ts'
import { maskJson } from '../../runs/mask.ts'
import { type SubflowDeps, withSubflows } from '../../runs/subflow.ts'
import { type GuardedRequest, type Guards, managerOf, membershipOf, requestActor } from '../guards.ts'
import { FlowParams, WorkspaceParams } from '../params.ts'
import { Closed, FlowProblemSchema, Nullable, OneOf, problems, Ref, StepSchema } from '../schemas.ts'
import { type App, BODY_LIMIT } from '../server.ts'
import { authorOf, EXAMPLE_DOCUMENT } from './flow-documents.ts'

export interface SimulationRouteDeps extends Omit<SimulateDeps, 'mask' | 'addSubflows'>, CheckDeps {
  database: Database
  subflows: SubflowDeps
  authorQueues: AuthorQueues
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
      instance: Type.Optional(Type.String()),
      response: Type.Optional(
        Closed(
          {
            statusCode: Type.Integer({ minimum: 100, maximum: 599 }),
            headers: Type.Record(Type.String(), Type.String()),
            content: Type.Unknown()
          },
          { description: 'The answer of the upstream that refuses the call, for `$error.response`' }
        )
      )
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
const draftFields = {
  document: Type.Optional(Type.Unknown({ description: 'The document to run, as data' })),
  source: Type.Optional(
    Type.String({
      minLength: 1,
      maxLength: DOCUMENT_LIMITS.bytes,
      description: 'The document to run, as YAML or JSON text'
    })
  )
}
const StoredSimulation = Closed(
  { ...draftFields, ...simulationFields },
  { examples: [{ input: { query: { name: 'Ada' } } }, { document: EXAMPLE_DOCUMENT }] }
)
const DraftSimulation = Closed(
  { ...draftFields, ...simulationFields },
  { examples: [{ document: EXAMPLE_DOCUMENT, input: { query: { name: 'Ada' } } }] }
)

type SimulationBody = Static<typeof StoredSimulation>
/** Whose share of the worker threads is used, and the actor for the audit log. */
interface Author {
  owner: JobOwner
  actor: Actor
}
type SimulationRequest = Parameters<typeof authorOf>[0] & { body: SimulationBody }

export function simulationRoutes(app: App, deps: SimulationRouteDeps, guards: Guards): void {
  app.addSchema(SimulationSchema)
  const onRequest = guards.manager
  // A document takes up to twice its size as a JSON string.
  const bodyLimit = 2 * DOCUMENT_LIMITS.bytes + BODY_LIMIT
  const response = { 200: Ref(SimulationSchema), ...problems(400, 401, 403, 404, 413, 429) }

  const simulate = (
    check: (by: Author) => Promise<CheckedDocument>,
    place: { workspaceId?: string; flowId?: string },
    request: SimulationRequest
  ) => {
    const { input = null, mocks = {}, live = false } = request.body
    const owner = authorOf(request)
    const actor = requestActor(request)
    return deps.authorQueues.simulations.run(owner.key, async () =>
      simulateFlow(
        {
          ...deps,
          mask: maskJson,
          addSubflows: (...context) => withSubflows(deps.subflows, ...context)
        },
        {
          ...(await check({ owner, actor })),
          ...place,
          input,
          mocks: mocks as Record<string, Mock>,
          live,
          requestId: request.id,
          owner: { ...owner, simulation: true },
          actor
        }
      )
    )
  }

  app.post(
    '/v1/flows/simulate',
    {
      onRequest,
      bodyLimit,
      schema: {
        operationId: 'simulateDocument',
        tags: ['flows'],
        summary: 'Run a document without saving it, outside any workspace and without secrets',
        body: DraftSimulation,
        response
      }
    },
    async (request) => {
      refuseLive(request)
      return simulate((by) => checkDraft(deps, request.body, by), {}, request)
    }
  )

  app.post(
    '/v1/workspaces/:workspaceId/flows/simulate',
    {
      onRequest,
      bodyLimit,
      schema: {
        operationId: 'simulateDraft',
        tags: ['flows'],
        summary: 'Run a document in a workspace without saving it; secrets are replaced by masks of their shape',
        params: WorkspaceParams,
        body: DraftSimulation,
        response
      }
    },
    async (request) => {
      refuseLive(request)
      const { workspaceId } = membershipOf(request, roleFor(request.body))
      return simulate((by) => checkDraft(deps, request.body, by), { workspaceId }, request)
    }
  )

  app.post(
    '/v1/flows/:flowId/simulate',
    {
      onRequest,
      bodyLimit,
      schema: {
        operationId: 'simulateFlow',
        tags: ['flows'],
        summary: 'Run the latest version of a flow or a draft of it, without recording the run',
        params: FlowParams,
        body: StoredSimulation,
        response
      }
    },
    async (request) => {
      refuseLive(request)
      const { body, params } = request
      const { prisma } = deps.database
      const flow = await findFlow(prisma, managerOf(request).account, params.flowId, roleFor(body))
      return simulate(
        (by) => (isDraft(body) ? checkDraft(deps, body, by) : findCheckedVersion(prisma, flow.id, flow.latestVersion)),
        { workspaceId: flow.workspaceId, flowId: flow.id },
        request
      )
    }
  )
}

/**
 * @throws Fault `insufficient_scope` for a management token, because no permission allows real calls in a simulation
 */
function refuseLive(request: GuardedRequest & { body: SimulationBody }): void {
  if (request.body.live === true && managerOf(request).kind === 'management')
    throw new Fault('insufficient_scope', {
      why: 'live_by_a_management_token',
      detail: 'Management tokens can only simulate without real calls.'
    })
}

/** A live simulation makes real calls with real secrets, so it needs the role that could save and call the flow. */
function roleFor({ live }: SimulationBody): 'viewer' | 'editor' {
  return live === true ? 'editor' : 'viewer'
}

function isDraft({ document, source }: SimulationBody): boolean {
  return document !== undefined || source !== undefined
}

/** @throws Fault `validation_failed` with every fault; faults of a text have its line and column */
async function checkDraft(deps: CheckDeps, { document, source }: SimulationBody, by: Author): Promise<CheckedDocument> {
  if (document !== undefined && source !== undefined)
    throw new Fault('validation_failed', {
      errors: [{ pointer: '/source', message: 'must not be sent together with "document"' }]
    })
  if (source === undefined) return checkDocument(deps, document, { ...by, at: '/document' })
  const type = /^\s*[{[]/.test(source) ? 'application/json' : 'application/yaml'
  const draft = await readDraft(deps, { type, text: source }, by.owner)
  return checkDocument(deps, draft.document, { ...by, locate: draft.locate })
}
