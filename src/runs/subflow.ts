import { createHash } from 'node:crypto'
import type { Pool } from 'pg'
import {
  flowError,
  runFlow,
  type CompiledFlow,
  type EffectInfo,
  type FlowOutcome,
  type FlowPorts,
  type RunContext,
  type SubflowInfo
} from '../dsl/index.ts'

/** The name of a flow in `run: workflow`. */
export interface FlowName {
  namespace: string
  name: string
  /** The version of the document, or `latest` for the published one. */
  version: string
}

export interface SubflowDeps {
  /** The version that a name refers to now. */
  findFlow(workspaceId: string, name: FlowName): Promise<{ flowId: string; version: number } | undefined>
  readFlow(flowId: string, version: number): Promise<CompiledFlow | undefined>
}

const FIND = `
  select f.id as "flowId", v.version from flow f join flow_version v on v.flow_id = f.id
   where f.workspace_id = $1 and v.namespace = $2 and v.name = $3
     and case when $4 = 'latest' then v.version = f.published_version else v.document_version = $4 end
   order by v.version desc limit 1`

/** Finds flows by their names in the database: of several versions with the same document version, the newest. */
export function createFindFlow(pool: Pool): SubflowDeps['findFlow'] {
  return async (workspaceId, { namespace, name, version }) => {
    const {
      rows: [row]
    } = await pool.query<{ flowId: string; version: number }>({
      name: 'subflow_by_name',
      text: FIND,
      values: [workspaceId, namespace, name, version]
    })
    return row
  }
}

/**
 * Adds sub-flows to the ports of a run. A sub-flow is part of its run: it uses the run's journal under keys of its own,
 * so that a resumed run continues inside it, with the version that was found first.
 * @param context the context of the run, without its ports
 */
export function withSubflows(
  deps: SubflowDeps,
  workspaceId: string,
  ports: FlowPorts,
  context: Omit<RunContext, 'ports'>
): FlowPorts {
  const { journal, mock, onStep } = context
  const withSubflow: FlowPorts = {
    ...ports,
    async subflow(name, input, at): Promise<FlowOutcome> {
      const find = async (): Promise<{ flowId: string; version: number } | null> =>
        (await deps.findFlow(workspaceId, name)) ?? null
      const found = await (journal ? journal.effect(`${at.key}#flow`, find, 'leaf') : find())
      const reading = found && deps.readFlow(found.flowId, found.version)
      if (reading) ports.working?.(reading)
      const flow = await reading
      if (!flow)
        throw flowError(
          'configuration',
          `There is no flow "${name.namespace}/${name.name}" in version "${name.version}".`
        )
      const inner: Omit<RunContext, 'ports'> = {
        ...context,
        ...(journal
          ? { journal: { effect: (key, run, ...how) => journal.effect(`${at.key}>${key}`, run, ...how) } }
          : {}),
        ...(onStep
          ? {
              onStep: (step) =>
                onStep({ ...step, pointer: `${at.pointer}${step.pointer}`, key: `${at.key}>${step.key}` })
            }
          : {}),
        ...(mock ? { mock: (info) => mock({ ...info, pointer: `${at.pointer}${info.pointer}` }) } : {}),
        signal: at.signal,
        depth: at.depth,
        budget: at.budget,
        heard: at.heard
      }
      return runFlow(flow, input, { ...inner, ports: withSubflows(deps, workspaceId, within(ports, at), inner) })
    }
  }
  return withSubflow
}

/**
 * Gives the effects of a sub-flow keys of their own: the same effect in two sub-flows is two effects for the upstream.
 */
function within(ports: FlowPorts, outer: SubflowInfo): FlowPorts {
  const { alarm } = ports
  const inside = <T extends EffectInfo>(at: T): T => ({
    ...at,
    idempotencyKey: createHash('sha256').update(`${outer.idempotencyKey}\n${at.key}`).digest('base64url')
  })
  return {
    ...ports,
    http: (call, at) => ports.http(call, { ...inside(at), pointer: `${outer.pointer}${at.pointer}` }),
    emit: (event, at) => ports.emit(event, inside(at)),
    start: (flow, input, at) => ports.start(flow, input, inside(at)),
    listen: (wait, at) => ports.listen(wait, { ...at, key: `${outer.key}>${at.key}` }),
    sleep: (ms, signal, at) => ports.sleep(ms, signal, { ...at, key: `${outer.key}>${at.key}` }),
    ...(alarm ? { alarm: (until, signal, key) => alarm(until, signal, `${outer.key}>${key}`) } : {})
  }
}
