import { Type } from 'typebox'
import { PATH_CHARS_MAX } from '../../listeners/call-path.ts'
import { URL_TOKEN_DAYS_DEFAULT } from '../../listeners/issue-url-token.ts'
import {
  CARRIERS,
  GRANTED_CUSTOMERS_MAX,
  KEY_PATTERN,
  MAX_CONCURRENCY_MAX,
  METHODS,
  MODES,
  ON_DEADLINE,
  PRINCIPALS,
  PRIORITY,
  RECORDED_STEPS,
  RECORDS,
  RESPONSES,
  STATUS_MODES,
  TIMEOUT_SECONDS_DEFAULT,
  TIMEOUT_SECONDS_MAX
} from '../../listeners/listener.ts'
import { MAX_ID_CHARS } from '../../platform/jws/limits.ts'
import {
  Cidrs,
  Closed,
  ConfirmingPassword,
  ListenerRateLimitSchema,
  Name,
  Nullable,
  OneOf,
  PageQuery,
  Search,
  SentId,
  Time
} from '../schemas.ts'
import { Signature } from './listener-signature.ts'
import { DAYS_MAX, IssuedTokenSchema } from './token-schemas.ts'

const ORIGINS_MAX = 50
const FlowId = Type.String({
  maxLength: 200,
  description: 'A flow of the same workspace; calls run its published version'
})
const Methods = Nullable(
  Type.Array(OneOf(METHODS), { minItems: 1, uniqueItems: true, description: 'null = every method' })
)
const Auth = Closed({
  carriers: Type.Optional(
    Type.Array(OneOf(CARRIERS), {
      minItems: 1,
      uniqueItems: true,
      description: 'Allowed carriers of the credential; absent = all'
    })
  ),
  principals: Type.Optional(
    Type.Array(OneOf(PRINCIPALS), {
      minItems: 1,
      uniqueItems: true,
      description: 'Allowed kinds of callers; absent = all that have access'
    })
  ),
  customers: Type.Optional(
    Type.Array(Type.String({ minLength: 1, maxLength: MAX_ID_CHARS }), {
      minItems: 1,
      maxItems: GRANTED_CUSTOMERS_MAX,
      uniqueItems: true,
      description: 'Only these customers of the workspace, by the ids that their back end uses; absent = all'
    })
  ),
  anonymous: Type.Optional(Type.Boolean({ description: 'Whether calls without a credential are allowed' }))
})
const Origins = Type.Array(Type.String({ format: 'web-origin', maxLength: 300 }), {
  maxItems: ORIGINS_MAX,
  uniqueItems: true,
  description: 'Origins whose pages may read the answers; "*" = any origin'
})

const settings = {
  key: Nullable(
    Type.String({
      pattern: KEY_PATTERN,
      maxLength: 64,
      description: 'A name for clients that know no ids, unique in the workspace; null = none'
    })
  ),
  path: Nullable(
    Type.String({
      minLength: 1,
      maxLength: PATH_CHARS_MAX,
      description:
        'Its path below /v1/call/{slug}/, without a leading slash; {name} is a parameter and stands for a whole ' +
        'segment. Unique in the workspace together with a method; null = only the URL with its id',
      examples: ['orders/{id}']
    })
  ),
  methods: Methods,
  mode: OneOf(MODES, { description: 'async: answers 202 once the run is queued' }),
  enabled: Type.Boolean(),
  respond: OneOf(RESPONSES, {
    description:
      "output: the flow's output as JSON. http: the output gives status, headers and body. stream: a server-sent " +
      'event for each event that the run emits, and at the end `result` or `error`'
  }),
  statusMode: OneOf(STATUS_MODES),
  auth: Auth,
  timeoutSeconds: Type.Integer({
    minimum: 1,
    maximum: TIMEOUT_SECONDS_MAX,
    description:
      'How long a run may take within its request; a queued run has no such limit. ' +
      `Default ${TIMEOUT_SECONDS_DEFAULT}`
  }),
  corsOrigins: Origins,
  allowedIps: Cidrs,
  rateLimit: Nullable(ListenerRateLimitSchema),
  priority: Type.Integer({
    minimum: PRIORITY.min,
    maximum: PRIORITY.max,
    description: 'Queued runs of a higher priority start first; default 0'
  }),
  maxConcurrency: Nullable(
    Type.Integer({
      minimum: 1,
      maximum: MAX_CONCURRENCY_MAX,
      description: 'Concurrent durable runs over all processes; null = no limit for this listener'
    })
  ),
  onDeadline: OneOf(ON_DEADLINE, {
    description: 'At the timeout: fail (504), or continue as a durable run (202)'
  }),
  allowAsync: Nullable(
    Type.Boolean({
      description:
        'Whether `Prefer: respond-async` makes a call a durable run, which has no timeout; null = for callers with a ' +
        'credential. Otherwise the header is ignored'
    })
  ),
  showSteps: Type.Boolean({
    description:
      'Whether tokens and customers see the whole of their runs, steps and data included. ' +
      'Default false: they see the output, and of an error its status and title'
  }),
  records: OneOf(RECORDS, {
    description:
      'Which runs within a request have a record; default all. Durable runs always have one, because their callers ' +
      'read it. All calls are counted'
  }),
  steps: OneOf(RECORDED_STEPS, { description: 'Which steps such a record shows; default all' }),
  rawBody: Type.Boolean({
    description:
      "Whether the flow's input has `rawBody`: the bytes of the body in base64, after Content-Encoding; " +
      '`body` stays parsed'
  }),
  signature: Nullable({
    ...Signature,
    description:
      'How its calls are signed. Signed calls need no other credential, and calls without a signature are refused; ' +
      'null = not signed'
  }),
  mcp: Type.Boolean({
    description: 'Whether it is a tool of agents at /v1/mcp, for the callers that may call it. Default false'
  })
}
const optional = {
  key: Type.Optional(settings.key),
  path: Type.Optional(settings.path),
  methods: Type.Optional(settings.methods),
  mode: Type.Optional(settings.mode),
  enabled: Type.Optional(settings.enabled),
  respond: Type.Optional(settings.respond),
  statusMode: Type.Optional(settings.statusMode),
  auth: Type.Optional(settings.auth),
  timeoutSeconds: Type.Optional(settings.timeoutSeconds),
  corsOrigins: Type.Optional(settings.corsOrigins),
  allowedIps: Type.Optional(settings.allowedIps),
  rateLimit: Type.Optional(settings.rateLimit),
  priority: Type.Optional(settings.priority),
  maxConcurrency: Type.Optional(settings.maxConcurrency),
  onDeadline: Type.Optional(settings.onDeadline),
  allowAsync: Type.Optional(settings.allowAsync),
  showSteps: Type.Optional(settings.showSteps),
  records: Type.Optional(settings.records),
  steps: Type.Optional(settings.steps),
  rawBody: Type.Optional(settings.rawBody),
  signature: Type.Optional(settings.signature),
  mcp: Type.Optional(settings.mcp)
}

export const ListenerSchema = Type.Object(
  {
    id: Type.String(),
    workspaceId: Type.String(),
    name: Type.String(),
    flowId: Type.String(),
    url: Type.String({ description: 'The URL for calls' }),
    pathUrl: Nullable(
      Type.String({
        description:
          'The URL by its path, a template where it has parameters; null without a path, or without a slug of the ' +
          'workspace'
      })
    ),
    ...settings,
    corsOrigins: Type.Array(Type.String()),
    allowedIps: Type.Array(Type.String()),
    createdAt: Time,
    updatedAt: Time
  },
  { $id: 'Listener' }
)
export const ListenerQuery = Closed({
  ...PageQuery,
  q: Type.Optional({ ...Search, description: 'Part of the name' }),
  flowId: Type.Optional(SentId)
})
export const NewListener = Closed(
  { name: Name, flowId: FlowId, ...optional },
  { examples: [{ name: 'Price lookup', flowId: 'flw_7Yc2mVbN0pQr4sTuWxYz1A', methods: ['GET'] }] }
)
export const ListenerChange = Closed(
  { name: Type.Optional(Name), flowId: Type.Optional(FlowId), ...optional },
  { examples: [{ enabled: false }] }
)

export const UrlTokenSchema = Type.Object(
  {
    ...IssuedTokenSchema.properties,
    url: Type.String({ description: 'It does not contain the token; send the token in a header' })
  },
  { $id: 'UrlToken' }
)
export const NewUrlToken = Nullable(
  Closed(
    {
      password: ConfirmingPassword,
      name: Type.Optional(Name),
      days: Type.Optional(
        Type.Integer({
          minimum: 0,
          maximum: DAYS_MAX,
          description: `Days until it expires; 0 = never. Default ${URL_TOKEN_DAYS_DEFAULT}`
        })
      )
    },
    { examples: [{ password: 'a long pass phrase', days: 90 }] }
  )
)
