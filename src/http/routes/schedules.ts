import { Type } from 'typebox'
import { changeSchedule, readSchedule, type SchedulesDeps } from '../../runs/schedules.ts'
import { type Guards, managerOf } from '../guards.ts'
import { FlowParams } from '../params.ts'
import { Closed, Nullable, NullableTime, problems, Ref } from '../schemas.ts'
import type { App } from '../server.ts'

const ScheduleSchema = Type.Object(
  {
    flowId: Type.String(),
    workspaceId: Type.String(),
    flowVersion: Type.Integer(),
    rule: Type.Union([
      Type.Object({ cron: Type.String() }),
      Type.Object({ everyMs: Type.Number() }),
      Type.Object({ afterMs: Type.Number() })
    ]),
    timeZone: Type.String({ description: 'IANA name of the time zone of the cron expression' }),
    paused: Type.Boolean(),
    nextAt: NullableTime,
    lastAt: NullableTime,
    lastRunId: Nullable(Type.String())
  },
  { $id: 'Schedule' }
)
const ScheduleChange = Closed(
  { paused: Type.Optional(Type.Boolean()), timeZone: Type.Optional(Type.String({ minLength: 1, maxLength: 100 })) },
  { examples: [{ paused: true }, { timeZone: 'Europe/Berlin' }] }
)

export function scheduleRoutes(app: App, deps: SchedulesDeps, guards: Guards): void {
  app.addSchema(ScheduleSchema)

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
    async (request) => changeSchedule(deps, managerOf(request).account, request.params.flowId, request.body)
  )
}
