import { Type } from 'typebox'
import { NEXT_TICKS } from '../../runs/engine.ts'
import { changeSchedule, listSchedules, readSchedule, type SchedulesDeps } from '../../runs/schedules.ts'
import { type Guards, managerOf, membershipOf, requestActor } from '../guards.ts'
import { FlowParams, WorkspaceParams } from '../params.ts'
import { Closed, Nullable, NullableTime, PageOf, PageQuery, problems, Ref, Time } from '../schemas.ts'
import { RunStatusSchema } from './run-schemas.ts'
import type { App } from '../server.ts'

const Rule = Type.Union([
  Type.Object({ cron: Type.String() }),
  Type.Object({ everyMs: Type.Number() }),
  Type.Object({ afterMs: Type.Number() })
])
const Next = Type.Array(Time, {
  maxItems: NEXT_TICKS,
  description: 'The next starts, as far as they are known; empty while the schedule is paused'
})
const ScheduleSchema = Type.Object(
  {
    flowId: Type.String(),
    workspaceId: Type.String(),
    flowVersion: Type.Integer(),
    rule: Rule,
    timeZone: Type.String({ description: 'IANA name of the time zone of the cron expression' }),
    paused: Type.Boolean(),
    nextAt: NullableTime,
    next: Next,
    lastAt: NullableTime,
    lastRunId: Nullable(Type.String())
  },
  { $id: 'Schedule' }
)
const ListedScheduleSchema = Type.Object(
  {
    flowId: Type.String(),
    name: Type.String({ description: 'The name of the flow' }),
    rule: Rule,
    timeZone: Type.String(),
    paused: Type.Boolean(),
    next: Next,
    lastRun: Nullable(Type.Object({ runId: Type.String(), at: Time, status: RunStatusSchema }))
  },
  { $id: 'ListedSchedule' }
)
const ScheduleChange = Closed(
  { paused: Type.Optional(Type.Boolean()), timeZone: Type.Optional(Type.String({ minLength: 1, maxLength: 100 })) },
  { examples: [{ paused: true }, { timeZone: 'Europe/Berlin' }] }
)

export function scheduleRoutes(app: App, deps: SchedulesDeps, guards: Guards): void {
  app.addSchema(ScheduleSchema)
  app.addSchema(ListedScheduleSchema)

  app.get(
    '/v1/workspaces/:workspaceId/schedules',
    {
      onRequest: guards.manager,
      schema: {
        operationId: 'listSchedules',
        tags: ['flows'],
        summary: 'The schedules of a workspace, those of the newest flows first',
        params: WorkspaceParams,
        querystring: Closed(PageQuery),
        response: { 200: PageOf(Ref(ListedScheduleSchema)), ...problems(400, 401, 403, 404) }
      }
    },
    async (request) => listSchedules(deps, membershipOf(request, 'viewer'), request.query)
  )

  app.get(
    '/v1/flows/:flowId/schedule',
    {
      onRequest: guards.manager,
      schema: {
        operationId: 'getSchedule',
        tags: ['flows'],
        summary: 'The schedules of the published version',
        params: FlowParams,
        response: { 200: Ref(ScheduleSchema), ...problems(401, 403, 404) }
      }
    },
    async (request) => readSchedule(deps, managerOf(request).account, request.params.flowId)
  )

  app.patch(
    '/v1/flows/:flowId/schedule',
    {
      onRequest: guards.manager,
      schema: {
        operationId: 'updateSchedule',
        tags: ['flows'],
        summary: 'Pause or resume a schedule, or set its time zone',
        params: FlowParams,
        body: ScheduleChange,
        response: { 200: Ref(ScheduleSchema), ...problems(400, 401, 403, 404) }
      }
    },
    async (request) =>
      changeSchedule(deps, managerOf(request).account, request.params.flowId, request.body, requestActor(request))
  )
}
