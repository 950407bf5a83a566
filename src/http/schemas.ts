import { type Static, type TProperties, type TSchema, type TUnsafe, Type } from 'typebox'
import { EMAIL_MAX_CHARS } from '../lib/email.ts'
import { type FaultCode, FAULTS } from '../lib/fault.ts'
import { PAGE_LIMIT_DEFAULT, PAGE_LIMIT_MAX, TOTAL_MAX } from '../platform/db/page.ts'

/** Text for people: no control characters, and not only blanks. Postgres cannot store U+0000. */
// eslint-disable-next-line no-control-regex
const PRINTABLE = '^(?=.*\\S)[^\\u0000-\\u001f\\u007f]*$'

/** A body or query that rejects unknown properties. */
export function Closed<T extends TProperties>(properties: T, options: Record<string, unknown> = {}) {
  return Type.Object(properties, { additionalProperties: false, ...options })
}

/** A schema whose value may be null. */
export function Nullable<T extends TSchema>(schema: T) {
  return Type.Union([schema, Type.Null()])
}

/** A schema for one of several texts: an `enum`, whereas a union would become an `anyOf`. */
export function OneOf<const T extends string>(values: readonly T[], options: Record<string, unknown> = {}) {
  return Type.Unsafe<T>({ type: 'string', enum: [...values], ...options })
}

/** A reference to a schema that is registered under its `$id`, which becomes its name in the OpenAPI document. */
export function Ref<T extends TSchema>(schema: T & { $id?: string }): TUnsafe<Static<T>> {
  return Type.Unsafe<Static<T>>(Type.Ref(schema.$id ?? ''))
}

/** An id in a request: any text that the database can search for. */
export const SentId = Type.String({ maxLength: 100, pattern: '^[^\\u0000]*$' })
export const Name = Type.String({ minLength: 1, maxLength: 100, pattern: PRINTABLE })
/** An e-mail as it is typed: it is folded before it is compared. */
export const Email = Type.String({
  minLength: 3,
  maxLength: EMAIL_MAX_CHARS + 16,
  pattern: '^\\s*[^\\s@:\\u0000-\\u001f]+@[^\\s@:\\u0000-\\u001f]+\\s*$'
})
/** The origin of a page. `*` is not allowed: it would let every page on the web use the users' tokens. */
export const WebOrigin = Type.String({
  format: 'web-origin',
  pattern: '^https?://',
  maxLength: 255,
  description: 'For example https://erp.example.com'
})
/** A password in a request. Its length is checked only when a password is chosen. */
export const SentPassword = Type.String({ minLength: 1, maxLength: 1024 })
/** The password of a call that creates or widens trust. */
export const ConfirmingPassword = Type.Optional({
  ...SentPassword,
  description:
    "The account's own password. Not needed with Basic, nor in a session that confirmed it in the last 10 minutes"
})
/** The body of a call that creates or widens trust and has no other fields. */
export const Confirmation = Nullable(
  Closed({ password: ConfirmingPassword }, { examples: [{ password: 'a long pass phrase' }] })
)
/** A code of an authenticator app, or a recovery code. */
export const TotpCode = Type.String({
  minLength: 6,
  maxLength: 40,
  description: 'Six digits of the authenticator app, or a recovery code'
})
export const Time = Type.String({ format: 'date-time', description: 'RFC 3339, UTC' })
export const NullableTime = Nullable(Time)
export const Cidrs = Type.Array(Type.String({ format: 'cidr', 'x-ip-range': true, maxLength: 64 }), {
  maxItems: 100,
  description: 'Addresses or CIDRs; empty = any address'
})
export const RateLimitSchema = Closed({
  limit: Type.Integer({ minimum: 1, maximum: 1_000_000_000 }),
  windowSeconds: Type.Integer({ minimum: 1, maximum: 86_400 })
})
export const ListenerRateLimitSchema = Closed({
  ...RateLimitSchema.properties,
  enforcement: Type.Optional(
    OneOf(['local', 'strict'], {
      description:
        'local (default): each process counts, and the processes exchange their counts ten times a second. strict: ' +
        'all processes count in the server of `REDIS_URL`; while it is away, they count as with local'
    })
  )
})

export const PageQuery = {
  limit: Type.Integer({ minimum: 1, maximum: PAGE_LIMIT_MAX, default: PAGE_LIMIT_DEFAULT }),
  cursor: Type.Optional(Type.String({ maxLength: 200 }))
}

/** The text that lists search for. */
export const Search = Type.String({ minLength: 1, maxLength: 100, pattern: '^[^\\u0000]*$' })

/** An answer without a body, of any status. */
export const Nothing = Type.Unsafe<undefined>({ type: 'null', description: 'Nothing' })

/** How many items match the filters of a list, counted up to a thousand. */
const Total = Type.Union([Type.Integer({ minimum: 0, maximum: TOTAL_MAX }), Type.Literal('1000+')])

/** A page of a list that has filters. */
export function CountedPageOf<T extends TSchema>(item: T) {
  return Type.Object({ items: Type.Array(item), nextCursor: Nullable(Type.String()), total: Total })
}

/** A page of a list. `nextCursor` is null on the last one. */
export function PageOf<T extends TSchema>(item: T) {
  return Type.Object({ items: Type.Array(item), nextCursor: Nullable(Type.String()) })
}

/** A fault at one place of a body or query. For a text it has line and column, counted from 1. */
export const FieldFaultSchema = Type.Object({
  pointer: Type.String(),
  message: Type.String(),
  line: Type.Optional(Type.Integer()),
  column: Type.Optional(Type.Integer())
})

export const ProblemSchema = Type.Object(
  {
    type: Type.String(),
    title: Type.String(),
    status: Type.Integer(),
    code: OneOf(Object.keys(FAULTS) as FaultCode[]),
    detail: Type.Optional(Type.String()),
    requestId: Type.String(),
    traceId: Type.Optional(Type.String({ description: 'Of the trace that the call is part of (W3C Trace Context)' })),
    errors: Type.Optional(Type.Array(FieldFaultSchema)),
    runId: Type.Optional(Type.String({ description: 'Of a flow that failed' })),
    totp: Type.Optional(OneOf(['required', 'refused'], { description: 'At a sign-in that needs a second factor' })),
    error: Type.Optional(Type.String({ description: 'The code of RFC 6749 or RFC 7009, where one of them rules' }))
  },
  { $id: 'Problem', description: 'RFC 9457' }
)

/** The problem answers of a route, for its `response` schema. */
export function problems(...statuses: readonly number[]): Record<number, TSchema> {
  return Object.fromEntries(
    statuses.map((status) => [
      status,
      {
        description: 'A problem (RFC 9457)',
        content: { 'application/problem+json': { schema: Ref(ProblemSchema) } }
      } as unknown as TSchema
    ])
  )
}

export const FlowProblemSchema = Type.Object(
  {
    type: Type.String(),
    status: Type.Integer(),
    title: Type.Optional(Type.String()),
    detail: Type.Optional(Type.String()),
    instance: Type.Optional(Type.String({ description: 'JSON Pointer of the task' })),
    response: Type.Optional(
      Type.Object(
        {
          statusCode: Type.Integer(),
          headers: Type.Record(Type.String(), Type.Unknown()),
          content: Type.Unknown(),
          truncated: Type.Optional(Type.Literal(true))
        },
        { description: 'What an upstream answered in its refusal, in the step of the call' }
      )
    )
  },
  { $id: 'FlowProblem', description: 'An error of a flow' }
)

/** One finished task of a run or a simulation. */
export const StepSchema = Type.Object(
  {
    pointer: Type.String({ description: 'JSON Pointer of the task' }),
    attempt: Type.Integer(),
    status: Type.String(),
    startedAt: Time,
    durationMs: Type.Number(),
    runId: Type.Optional(Type.String({ description: 'The run that the task started and did not wait for' })),
    input: Type.Optional(Type.Unknown()),
    output: Type.Optional(Type.Unknown()),
    error: Type.Optional(Ref(FlowProblemSchema)),
    console: Type.Optional(
      Type.Unknown({ description: 'What a script wrote: `stdout` and `stderr`, each a list of lines' })
    )
  },
  { $id: 'Step' }
)
