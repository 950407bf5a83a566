import type { Test } from 'tap'
import { openDatabase, type Database } from '../../../src/platform/db/client.ts'
import { createNotifications } from '../../../src/platform/db/notify.ts'
import { createEgress } from '../../../src/platform/egress/index.ts'
import { createEmit } from '../../../src/events/emit.ts'
import { createExpressions } from '../../../src/dsl/expressions/expressions.ts'
import { newId } from '../../../src/lib/ids.ts'
import { createDurableEngine, type DurableEngineDeps } from '../../../src/runs/durable/engine.ts'
import type { DurableEngine, NewRun } from '../../../src/runs/engine.ts'
import { createRestateEngine, type RestatePlace } from '../../../src/runs/restate/engine.ts'
import { createPortsFactory } from '../../../src/runs/ports.ts'
import { lookupColumns } from '../../../src/flows/flow.ts'
import { createTestClock, type TestClock } from '../../fixtures/clock.ts'
import { until } from '../../fixtures/until.ts'
import type { Upstream } from '../../fixtures/upstream.ts'

export interface TestEngine {
  engine: DurableEngine
  database: Database
  clock: TestClock
  warnings: string[]
  close(): Promise<void>
}

export interface EngineOptions extends Partial<
  Pick<
    DurableEngineDeps,
    'role' | 'capacity' | 'suspendMs' | 'recoveryMs' | 'drainMs' | 'maxHandovers' | 'alerts' | 'runTimes' | 'version'
  >
> {
  /** Where Restate is. Default: the engine in PostgreSQL. */
  restate?: RestatePlace
  /** Of its service. */
  revision?: number
  clock?: TestClock
  secrets?: Readonly<Record<string, unknown>>
}

/** Opens a durable engine with all its dependencies, as one process has it. Flows may call loopback. */
export async function openEngine(url: string, options: EngineOptions = {}): Promise<TestEngine> {
  const { clock = createTestClock(), secrets = {}, restate, revision, ...rest } = options
  const warnings: string[] = []
  const log = {
    warn: (details: object, message: string) => {
      warnings.push(`${message} ${String((details as { err?: Error }).err?.stack)}`)
    },
    error: (_: object, message: string) => {
      warnings.push(message)
    }
  }
  const database = openDatabase({ url })
  const notifications = createNotifications({ url, log: { ...log, info() {}, debug() {} } as never, clock })
  await notifications.ready()
  const expressions = createExpressions()
  const egress = createEgress({ allow: ['127.0.0.1/32'] })
  const deps: DurableEngineDeps = {
    pool: database.pool,
    url,
    notifications,
    clock,
    log,
    expressions,
    version: '0.0.0-test',
    role: 'all',
    recoveryMs: 50,
    createPorts: createPortsFactory({
      egress,
      clock,
      emit: createEmit({ pool: database.pool, clock }),
      readSecrets: async () => secrets
    }),
    ...rest
  }
  const engine = await (restate
    ? createRestateEngine({ ...deps, place: restate, heldMs: 500, ...(revision === undefined ? {} : { revision }) })
    : createDurableEngine(deps))
  async function stop(): Promise<void> {
    await engine.close()
    await notifications.close()
    await Promise.all([egress.close(), expressions.close()])
    await database.close()
  }
  let stopping: Promise<void> | undefined
  return { engine, database, clock, warnings, close: () => (stopping ??= stop()) }
}

export async function startEngine(
  t: Pick<Test, 'teardown'>,
  url: string,
  options: EngineOptions = {}
): Promise<TestEngine> {
  const engine = await openEngine(url, options)
  t.teardown(() => engine.close())
  return engine
}

export interface TestFlow {
  workspaceId: string
  flowId: string
  listenerId: string
}

export interface FlowOptions {
  workspaceId?: string
  use?: object
  schedule?: object
  name?: string
  listener?: { enabled?: boolean; maxConcurrency?: number }
}

/** Inserts a published flow of these tasks, with a listener, in a new workspace unless `workspaceId` is given. */
export async function insertFlow(
  { prisma }: Database,
  tasks: readonly object[],
  options: FlowOptions = {}
): Promise<TestFlow> {
  const now = new Date()
  const workspaceId = options.workspaceId ?? newId('wsp')
  const flowId = newId('flw')
  const listenerId = newId('lsn')
  const name = options.name ?? 'test'
  const document = {
    document: { dsl: '1.0.3', namespace: 'test', name, version: '1.0.0' },
    ...(options.use ? { use: options.use } : {}),
    ...(options.schedule ? { schedule: options.schedule } : {}),
    do: tasks
  }
  if (!options.workspaceId)
    await prisma.workspace.create({
      data: { id: workspaceId, name: 'test', key: newId('key'), secret: 'x', createdAt: now }
    })
  await prisma.flow.create({
    data: { id: flowId, workspaceId, name, latestVersion: 1, publishedVersion: 1, createdAt: now, updatedAt: now }
  })
  await prisma.flowVersion.create({
    data: {
      flowId,
      version: 1,
      name,
      ...lookupColumns(document as never),
      document: document as object,
      createdBy: 'test',
      createdAt: now
    }
  })
  await prisma.listener.create({
    data: {
      id: listenerId,
      workspaceId,
      name: 'test',
      flowId,
      methods: [],
      mode: 'async',
      enabled: options.listener?.enabled ?? true,
      respond: 'output',
      statusMode: 'strict',
      auth: {},
      timeoutSeconds: 30,
      corsOrigins: [],
      allowedIps: [],
      maxConcurrency: options.listener?.maxConcurrency ?? null,
      createdAt: now,
      updatedAt: now
    }
  })
  return { workspaceId, flowId, listenerId }
}

export function runOf(flow: TestFlow, clock: TestClock, change: Partial<NewRun> = {}): NewRun {
  const id = newId('run')
  return {
    id,
    ...flow,
    flowVersion: 1,
    accountId: null,
    tokenId: null,
    requestId: `req_${id.slice(4)}`,
    caller: { kind: 'anonymous', id: null, name: null, workspaceId: flow.workspaceId },
    input: { body: { n: 1 } },
    priority: 0,
    acceptedAt: clock.now(),
    ...change
  }
}

export async function statusOf({ prisma }: Database, runId: string): Promise<string | undefined> {
  return (await prisma.run.findUnique({ where: { id: runId }, select: { status: true } }))?.status
}

const ENDED = new Set(['succeeded', 'failed', 'cancelled'])

export async function untilEnded(
  database: Database,
  runId: string,
  limitMs = 60_000
): Promise<{
  status: string
  output: unknown
  error: unknown
  steps: { pointer: string; status: string; attempt: number }[]
  input: unknown
}> {
  await until(async () => ENDED.has((await statusOf(database, runId)) ?? ''), limitMs, `the end of ${runId}`)
  return (await database.prisma.run.findUniqueOrThrow({ where: { id: runId } })) as never
}

/** A task that posts to an upstream. */
export const post = (upstream: Upstream, path: string, name: string, body: unknown = {}): object => ({
  [name]: { call: 'http', with: { method: 'post', endpoint: { uri: `${upstream.url}${path}` }, body } }
})

/** How often each path was called, and with how many different keys. */
export function calls(upstream: Upstream): Record<string, { count: number; keys: number }> {
  const byPath = Map.groupBy(upstream.requests, (request) => request.path)
  return Object.fromEntries(
    [...byPath].map(([path, requests]) => [
      path,
      { count: requests.length, keys: new Set(requests.map(({ headers }) => headers['idempotency-key'])).size }
    ])
  )
}
