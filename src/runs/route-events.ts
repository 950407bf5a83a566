import type { Pool } from 'pg'
import { ExpressionError } from '../dsl/expressions/expressions.ts'
import type { CloudEvent, CompiledFlow } from '../dsl/index.ts'
import { eventKey } from '../events/inbound.ts'
import type { Clock } from '../lib/clock.ts'
import { parseJson } from '../lib/exact-json.ts'
import { Fault } from '../lib/fault.ts'
import { derivedId } from '../lib/ids.ts'
import { createWakeLoop } from '../lib/wake-loop.ts'
import { isUnavailable } from '../platform/db/client.ts'
import type { Logger } from '../platform/log/log.ts'
import type { NewRun, Runs } from './engine.ts'
import type { LiveRunLimit } from './live-run-limit.ts'

const ROUTING_LIMITS = Object.freeze({
  /** How often a process looks for pending events. */
  pollMs: 1_000,
  /** How many events of one workspace are routed before the other workspaces have their turn. */
  perWorkspace: 20,
  /** How many events are routed in one round. */
  perRound: 200
})

const PENDING = `
  select e.seq::text, e.workspace_id as "workspaceId", e.type, e.source, e.hops, e.event::text as event
    from (select distinct workspace_id from inbound_event where pending) waiting
    join workspace w on w.id = waiting.workspace_id and w.suspended_at is null
    cross join lateral (
      select * from inbound_event i where i.workspace_id = w.id and i.pending order by i.seq limit $1) e
   order by e.seq limit $2`

const STARTED_BY_EVENTS = `
  select f.id as "flowId", f.workspace_id as "workspaceId", v.version
    from flow f join flow_version v on v.flow_id = f.id and v.version = f.published_version
   where f.workspace_id = any($1) and v.schedule -> 'on' is not null`

interface Pending {
  seq: string
  workspaceId: string
  type: string
  source: string
  hops: number
  /** The event as JSON. */
  event: string
}

interface StartedFlow {
  flowId: string
  workspaceId: string
  version: number
}

export interface EventRouterDeps {
  pool: Pool
  clock: Clock
  log: Pick<Logger, 'error'>
  engine: Pick<Runs, 'enqueue' | 'wake'>
  liveRuns: LiveRunLimit
  readFlow(flowId: string, version: number): Promise<CompiledFlow | undefined>
}

export interface EventRouter {
  /** Routes the pending events now, instead of at the next poll. */
  wake(): void
  /** Resolves when the pending events have been routed. */
  run(): Promise<void>
  close(): Promise<void>
}

/**
 * Gives each event of a workspace to the flows that it starts and to the runs that wait for it.
 *
 * An event is pending from its `INSERT` (emit.ts, inbox.ts) until `isRouted` has queued every run that it starts and
 * the engine has marked every wait that it may end. If a process dies in between, the event stays pending. The ids of
 * the runs are derived from event and flow: any number of processes may route an event, and each flow starts once.
 */
export function createEventRouter(deps: EventRouterDeps): EventRouter {
  const { pool } = deps
  const loop = createWakeLoop({
    everyMs: ROUTING_LIMITS.pollMs,
    work: routeAll,
    onError(error) {
      if (!isUnavailable(error)) deps.log.error({ err: error }, 'events could not be routed to flows')
    }
  })

  async function routeAll(): Promise<void> {
    for (;;) {
      const { rows } = await pool.query<Pending>({
        name: 'inbound_pending',
        text: PENDING,
        values: [ROUTING_LIMITS.perWorkspace, ROUTING_LIMITS.perRound]
      })
      if (rows.length === 0 || loop.isStopped) return
      const { rows: flows } = await pool.query<StartedFlow>({
        name: 'inbound_flows',
        text: STARTED_BY_EVENTS,
        values: [[...new Set(rows.map(({ workspaceId }) => workspaceId))]]
      })
      const routed: string[] = []
      try {
        for (const row of rows) {
          const ofWorkspace = flows.filter(({ workspaceId }) => workspaceId === row.workspaceId)
          if (await isRouted(deps, row, ofWorkspace)) routed.push(row.seq)
        }
      } finally {
        await pool.query({
          name: 'inbound_routed',
          text: 'update inbound_event set pending = false where seq = any($1::bigint[])',
          values: [routed]
        })
      }
      // If no event could be routed, the rest waits for the next poll.
      if (routed.length === 0) return
    }
  }

  return {
    wake: loop.wake,
    async run() {
      loop.wake()
      await loop.idle()
    },
    async close() {
      loop.stop()
      await loop.idle()
    }
  }
}

/** Routes an event. Returns false where it has to wait until its workspace has room for another live run. */
async function isRouted(deps: EventRouterDeps, row: Pending, flows: readonly StartedFlow[]): Promise<boolean> {
  const event = parseJson(row.event) as CloudEvent
  for (const flow of flows) {
    if (!(await isStartedBy(deps, flow, event))) continue
    try {
      await deps.liveRuns.take(row.workspaceId, null)
    } catch (error) {
      if (error instanceof Fault && error.code === 'rate_limited') return false
      throw error
    }
    await deps.engine.enqueue(runOf(flow, row, event, deps.clock.now()))
  }
  await deps.engine.wake({ workspaceId: row.workspaceId, type: row.type, source: row.source, event })
  return true
}

/**
 * A flow whose filter cannot be evaluated is started by no event, and holds up neither the other flows nor later
 * events.
 */
async function isStartedBy(deps: EventRouterDeps, flow: StartedFlow, event: CloudEvent): Promise<boolean> {
  const { flowId, version, workspaceId } = flow
  try {
    const startsOn = (await deps.readFlow(flowId, version))?.startsOn
    return startsOn !== undefined && (await startsOn.matches(event, { key: workspaceId }))
  } catch (error) {
    if (isUnavailable(error) || error instanceof ExpressionError) throw error
    deps.log.error({ err: error, flowId, version }, 'the filter of a flow could not be evaluated for an event')
    return false
  }
}

/** The run's id is derived from event and flow, so that each flow starts once. */
function runOf({ flowId, version, workspaceId }: StartedFlow, row: Pending, event: CloudEvent, now: number): NewRun {
  const id = derivedId('run', `${workspaceId}\n${flowId}\n${eventKey(event)}`)
  return {
    id,
    workspaceId,
    listenerId: null,
    flowId,
    flowVersion: version,
    accountId: null,
    tokenId: null,
    requestId: id,
    caller: { kind: 'event', id: event.source, name: event.type, workspaceId, hops: row.hops },
    input: event,
    priority: 0,
    acceptedAt: now
  }
}
