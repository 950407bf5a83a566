import { Type } from 'typebox'
import { MAX_ID_CHARS } from '../../platform/jws/limits.ts'
import { SEARCH_MAX } from '../../runs/list.ts'
import {
  Closed,
  CountedPageOf,
  Nullable,
  NullableTime,
  OneOf,
  PageQuery,
  Ref,
  Search,
  SentId,
  StepSchema,
  Time
} from '../schemas.ts'

/** The most runs that one call replays. */
const REPLAYS_MAX = 100
const CustomerId = Type.String({ minLength: 1, maxLength: MAX_ID_CHARS, pattern: '^[^\\u0000]*$' })
const STATUSES = ['queued', 'running', 'waiting', 'succeeded', 'failed', 'cancelled'] as const

export const RunStatusSchema = OneOf(STATUSES)
const ErrorLine = Nullable(
  Type.Object({ status: Type.Integer(), title: Nullable(Type.String()), instance: Nullable(Type.String()) })
)
const summaryFields = {
  id: Type.String(),
  workspaceId: Type.String(),
  listenerId: Nullable(Type.String()),
  flowId: Type.String(),
  flowVersion: Type.Integer(),
  mode: OneOf(['sync', 'async']),
  status: RunStatusSchema,
  caller: Type.Unknown(),
  scheduled: Type.Boolean({ description: "Whether its flow's schedule started it" }),
  replayOf: Nullable(Type.String({ description: 'The run whose input it repeats' })),
  try: Type.Optional(Type.Literal(true, { description: 'An editor tried the listener, as themselves or a customer' })),
  requestId: Type.String(),
  startedAt: Time,
  finishedAt: NullableTime,
  durationMs: Nullable(Type.Integer({ description: 'null while it has not ended' })),
  error: ErrorLine
}
export const RunSummarySchema = Type.Object(summaryFields, { $id: 'RunSummary' })
export const RunSchema = Type.Object(
  {
    ...summaryFields,
    input: Type.Unknown(),
    output: Type.Unknown(),
    error: Type.Unknown(),
    steps: Type.Array(Ref(StepSchema))
  },
  { $id: 'Run' }
)

/** A run as tokens and customers see it, unless its listener has `showSteps`. */
export const CallerRunSchema = Type.Object(
  {
    id: Type.String(),
    listenerId: Nullable(Type.String()),
    status: RunStatusSchema,
    output: Type.Optional(Type.Unknown({ description: 'Not in lists' })),
    error: Nullable(Type.Object({ status: Type.Integer(), title: Type.Optional(Type.String()) })),
    startedAt: Time,
    finishedAt: NullableTime
  },
  { $id: 'CallerRun' }
)

export const RunQuery = Closed({
  ...PageQuery,
  flowId: Type.Optional(SentId),
  workspaceId: Type.Optional(SentId),
  listenerId: Type.Optional(SentId),
  tokenId: Type.Optional(SentId),
  customerId: Type.Optional({ ...CustomerId, description: 'Its id here, or the id that its back end gave it' }),
  requestId: Type.Optional(SentId),
  status: Type.Optional(
    Type.String({
      pattern: `^(?:${STATUSES.join('|')})(?:,(?:${STATUSES.join('|')}))*$`,
      maxLength: 100,
      description: `One of ${STATUSES.join(', ')}, or several with commas between them`,
      examples: ['failed,cancelled']
    })
  ),
  since: Type.Optional({ ...Time, description: 'Runs that started at this time or later' }),
  until: Type.Optional({ ...Time, description: 'Runs that started before this time' }),
  q: Type.Optional({
    ...Search,
    description:
      `A part of the caller's name or id. A page searches ${SEARCH_MAX} runs, ` +
      'and may end with a cursor before it is full'
  })
})
const RunPage = CountedPageOf(Type.Union([Ref(RunSummarySchema), Ref(CallerRunSchema)]))
export const RunPageSchema = Type.Object({ ...RunPage.properties, total: Type.Optional(RunPage.properties.total) })

export const Replays = Closed(
  { ids: Type.Array(SentId, { minItems: 1, maxItems: REPLAYS_MAX, uniqueItems: true }) },
  { examples: [{ ids: ['run_0hVt6yPmQe3UoKXc9gZsDa'] }] }
)
export const ReplayedSchema = Type.Union([
  Type.Object({ id: Type.String(), runId: Type.String() }),
  Type.Object({ id: Type.String(), error: Type.Object({ status: Type.Integer(), code: Type.String() }) })
])

export const AcceptedRunSchema = Type.Object(
  { runId: Type.String(), status: OneOf(['queued']), statusUrl: Type.String() },
  { $id: 'AcceptedRun' }
)
export const DeadLetterSchema = Type.Object(
  {
    runId: Type.String(),
    attempts: Type.Integer({ description: 'Number of times the run was started' }),
    at: Time,
    flowId: Type.String(),
    flowName: Nullable(Type.String()),
    listenerId: Nullable(Type.String()),
    listenerName: Nullable(Type.String()),
    error: ErrorLine
  },
  { $id: 'DeadLetter' }
)
export const LastEventId = Type.Object({ 'last-event-id': Type.Optional(Type.String({ maxLength: 100 })) })
