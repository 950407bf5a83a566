import { isObject } from '../../lib/json.ts'
import { pointerSteps, pointerTo } from '../../lib/json-pointer.ts'
import type { Expressions, JobOwner } from '../../dsl/expressions/expressions.ts'
import {
  compileFlow,
  type FlowDocument,
  type FlowOutcome,
  type FlowPorts,
  type FlowProblem,
  type Mock,
  problemType,
  type RunContext,
  runFlow,
  type ShownStep,
  withoutResponse
} from '../../dsl/index.ts'
import type { Audit, AuditEntry } from '../../audit.ts'
import type { Actor } from '../../lib/actor.ts'
import type { Clock } from '../../lib/clock.ts'
import { Fault } from '../../lib/fault.ts'
import { newTimedId } from '../../lib/ids.ts'
import type { Database } from '../../platform/db/client.ts'
import type { CheckedDocument } from '../check-document.ts'
import { createCallLog } from './call-log.ts'
import { simulatedPorts } from './ports.ts'
import { createStepLog, type MaskJson } from './step-log.ts'

/** The longest that a simulation may take in real time, because it runs inside its request. */
const SIMULATION_TIME_LIMIT_MS = 30_000

export interface SimulateDeps {
  database: Database
  audit: Audit
  expressions: Expressions
  clock: Clock
  version: string
  /** Creates the ports through which flows of a workspace act. */
  createPorts(workspaceId: string): FlowPorts
  /** Adds the flows of a workspace to the ports of a run, so that `run: workflow` runs them. */
  addSubflows(workspaceId: string, ports: FlowPorts, context: Omit<RunContext, 'ports'>): FlowPorts
  mask: MaskJson
  timeLimitMs?: number
}

export interface Simulation extends CheckedDocument {
  /** The id of the stored flow, or of the flow of which it is a draft. */
  flowId?: string
  /** The workspace whose secrets and flows it sees; undefined for a document that is not saved. */
  workspaceId?: string
  input: unknown
  /** Replacements for tasks, by JSON Pointer. */
  mocks: Readonly<Record<string, Mock>>
  /** Whether tasks without a mock run for real. */
  live: boolean
  requestId: string
  /** Whose share of the worker threads is used. */
  owner: JobOwner
  actor: Actor
}

export interface SimulationResult {
  status: 'succeeded' | 'failed'
  output: unknown
  error: FlowProblem | null
  steps: ShownStep[]
}

/**
 * Runs a flow for its author. No run is recorded, and secrets are masked. The audit log records the calls of a live
 * simulation.
 * @throws Fault `validation_failed` for a mock whose pointer does not lead to a task
 */
export async function simulateFlow(deps: SimulateDeps, simulation: Simulation): Promise<SimulationResult> {
  const { document, openapi, mocks } = simulation
  const { timeLimitMs = SIMULATION_TIME_LIMIT_MS } = deps
  refuseStrayMocks(document, mocks)
  const secrets = new Set<string>()
  const log = createStepLog(deps.mask, secrets)
  const calls = createCallLog(portsFor(deps, simulation))
  const { ports } = calls
  const context: Omit<RunContext, 'ports'> = {
    runtime: { version: deps.version, metadata: { runId: newTimedId('run'), requestId: simulation.requestId } },
    startedAt: ports.now(),
    onStep: log.add,
    onSecret: (secret) => secrets.add(secret),
    maskSecrets: (json) => deps.mask(json, secrets),
    mock: ({ pointer }) => (Object.hasOwn(mocks, pointer) ? mocks[pointer] : undefined),
    signal: AbortSignal.timeout(timeLimitMs),
    owner: simulation.owner
  }
  const { workspaceId } = simulation
  let outcome: FlowOutcome
  try {
    outcome = await runFlow(compileFlow(document, deps.expressions, { openapi }), simulation.input, {
      ...context,
      ports: workspaceId === undefined ? ports : deps.addSubflows(workspaceId, ports, context)
    })
  } finally {
    if (simulation.live)
      await deps.audit.record(deps.database.prisma, {
        action: 'simulation.live',
        actor: simulation.actor,
        target: simulation.flowId,
        workspaceId,
        details: log.masked(calls.details()) as AuditEntry['details']
      })
  }
  const error =
    outcome.status === 'failed'
      ? withoutResponse(outcome.error)
      : outcome.status === 'cancelled'
        ? outOfTime(timeLimitMs)
        : null
  return {
    status: outcome.status === 'succeeded' ? 'succeeded' : 'failed',
    output: outcome.status === 'succeeded' ? log.masked(outcome.output) : null,
    error: log.masked(error) as FlowProblem | null,
    steps: log.steps
  }
}

function portsFor(
  { createPorts, clock }: SimulateDeps,
  { workspaceId, live }: Pick<Simulation, 'workspaceId' | 'live'>
): FlowPorts {
  const real = createPorts(workspaceId ?? '')
  if (!live) return simulatedPorts(clock, workspaceId === undefined ? undefined : real.secrets)
  if (workspaceId !== undefined) return real
  const { start, listen } = simulatedPorts(clock, undefined)
  return { ...real, start, listen, secrets: async () => ({}), emit: async () => {} }
}

function refuseStrayMocks(document: FlowDocument, mocks: Simulation['mocks']): void {
  const errors = Object.keys(mocks)
    .filter((pointer) => !hasTask(document, pointer))
    .map((pointer) => ({
      pointer: pointerTo('/mocks', pointer),
      message: 'is not the pointer of a task of this flow'
    }))
  if (errors.length > 0) throw new Fault('validation_failed', { errors })
}

function outOfTime(timeLimitMs: number): FlowProblem {
  return {
    type: problemType('timeout'),
    status: 408,
    title: 'Timeout',
    detail: `A simulation may take at most ${timeLimitMs / 1000} s.`
  }
}

/** Pointers that can lead to a task: other parts of a document also hold values by name. */
const TASK = /^\/(?:.+\/)?(?:do|try|branches)\/(?:0|[1-9]\d*)\/[^/]+$|^\/use\/functions\/[^/]+$/

/**
 * Whether a JSON Pointer (RFC 6901) leads to a task of the document, or through a task that runs another flow to one
 * that may be a task of that flow.
 */
export function hasTask(document: FlowDocument, pointer: string): boolean {
  if (!TASK.test(pointer)) return false
  let value: unknown = document
  let way = ''
  for (const key of pointerSteps(pointer)) {
    if (!isObject(value) && !Array.isArray(value)) return false
    if (isObject(value) && isObject(value['run']) && Object.hasOwn(value['run'], 'workflow'))
      return TASK.test(pointer.slice(way.length))
    if (!Object.hasOwn(value, key)) return false
    value = (value as Record<string, unknown>)[key]
    way = pointerTo(way, key)
  }
  return typeof value === 'object' && value !== null
}
