import { Type } from 'typebox'
import type { SessionDeps } from '../../accounts/sessions.ts'
import { PATH_CHARS_MAX } from '../../listeners/call-path.ts'
import { createListener, type ListenerDeps } from '../../listeners/create.ts'
import type { FlowDocument } from '../../dsl/index.ts'
import { readPublished } from '../../flows/read.ts'
import { deleteListener } from '../../listeners/delete.ts'
import { issueUrlToken, URL_TOKEN_DAYS_DEFAULT } from '../../listeners/issue-url-token.ts'
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
import {
  SIGNATURE_ALGORITHMS,
  SIGNATURE_ENCODINGS,
  SIGNATURE_PRESETS,
  SIGNATURE_SECRETS_MAX,
  TOLERANCE_SECONDS
} from '../../listeners/signatures/settings.ts'
import { findListener, listListeners, readListener } from '../../listeners/read.ts'
import { updateListener } from '../../listeners/update.ts'
import { SECRET_NAME } from '../../secrets/secret.ts'
import { MAX_ID_CHARS } from '../../platform/jws/limits.ts'
import type { IssueDeps } from '../../tokens/issue.ts'
import { confirmManager, type Guards, makerIn, managerOf, membershipOf, requestActor } from '../guards.ts'
import { listenerOpenApi } from '../openapi-listener.ts'
import { ListenerParams, WorkspaceParams } from '../params.ts'
import {
  Cidrs,
  Closed,
  ConfirmingPassword,
  CountedPageOf,
  Name,
  Nullable,
  OneOf,
  PageQuery,
  problems,
  ListenerRateLimitSchema,
  Ref,
  Search,
  SentId,
  Time
} from '../schemas.ts'
import type { App } from '../server.ts'
import { noStore } from './accounts.ts'
import { DAYS_MAX, IssuedTokenSchema } from './tokens.ts'

export interface ListenerRouteDeps extends ListenerDeps, IssueDeps, SessionDeps {}

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
const SecretName = Type.String({ pattern: SECRET_NAME.source, maxLength: 100 })
const HeaderName = Type.String({ minLength: 1, maxLength: 100 })
const Signature = Closed({
  preset: OneOf(SIGNATURE_PRESETS, { description: 'Who signs, and how' }),
  secret: Type.Union(
    [SecretName, Type.Array(SecretName, { minItems: 1, maxItems: SIGNATURE_SECRETS_MAX, uniqueItems: true })],
    { description: 'The name of a secret of the workspace; several while the sender changes from one to another' }
  ),
  toleranceSeconds: Type.Optional(
    Type.Integer({
      minimum: 1,
      maximum: TOLERANCE_SECONDS.max,
      description:
        'How far the time of a signature may be from now, and how long a delivery is remembered, where the scheme ' +
        `has a time. Default ${TOLERANCE_SECONDS.default}`
    })
  ),
  custom: Type.Optional(
    Closed(
      {
        header: { ...HeaderName, description: 'The header with the signature' },
        prefix: Type.Optional(
          Type.String({ maxLength: 50, description: 'What stands before the signature, such as `sha256=`' })
        ),
        algorithm: OneOf(SIGNATURE_ALGORITHMS, { description: 'The hash of the HMAC' }),
        encoding: OneOf(SIGNATURE_ENCODINGS),
        payload: Type.Optional(
          Type.String({
            minLength: 1,
            maxLength: 500,
            description: 'What is signed, with `{body}`, `{timestamp}` and `{id}` in it. Default `{body}`'
          })
        ),
        timestampHeader: Type.Optional({
          ...HeaderName,
          description: 'The header of `{timestamp}`: seconds or milliseconds since 1970, or RFC 3339'
        }),
        idHeader: Type.Optional({ ...HeaderName, description: 'The header of `{id}`' })
      },
      { description: 'Only for the preset `custom`' }
    )
  )
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
        'Where it can be called below /v1/call/{slug}/, without a leading slash; {name} is a whole segment and a ' +
        'parameter. Unique with a method in the workspace; null = by its id only',
      examples: ['orders/{id}']
    })
  ),
  methods: Methods,
  mode: OneOf(MODES, { description: 'async: answers 202 once the run is queued' }),
  enabled: Type.Boolean(),
  respond: OneOf(RESPONSES, {
    description:
      "output: the flow's output as JSON. http: the output gives status, headers and body. stream: server-sent " +
      'one for each event that the run emits, and at the end `result` or `error`'
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
        'credential. Where it does not, the header is ignored'
    })
  ),
  showSteps: Type.Boolean({
    description:
      'Whether tokens and customers see the whole of their runs, steps and data included. ' +
      'Default false: they see the output, and of an error its status and title'
  }),
  records: OneOf(RECORDS, {
    description:
      'Which runs within a request have a record; default all. Durable runs always have one: their callers ask for ' +
      'it. Calls are counted and listed all the same'
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
      'How its calls are signed. They then need no credential, and none without a signature is taken; null = none'
  }),
  mcp: Type.Boolean({
    description: 'Whether it is a tool of agents at /v1/mcp, for tokens that may call it. Default false'
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

const ListenerSchema = Type.Object(
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
const ListenerQuery = Closed({
  ...PageQuery,
  q: Type.Optional({ ...Search, description: 'Part of the name' }),
  flowId: Type.Optional(SentId)
})
const NewListener = Closed(
  { name: Name, flowId: FlowId, ...optional },
  { examples: [{ name: 'Price lookup', flowId: 'flw_7Yc2mVbN0pQr4sTuWxYz1A', methods: ['GET'] }] }
)
const ListenerChange = Closed(
  { name: Type.Optional(Name), flowId: Type.Optional(FlowId), ...optional },
  { examples: [{ enabled: false }] }
)

const UrlTokenSchema = Type.Object(
  {
    ...IssuedTokenSchema.properties,
    url: Type.String({ description: 'It does not contain the token; send the token in a header' })
  },
  { $id: 'UrlToken' }
)
const NewUrlToken = Nullable(
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

export function listenerRoutes(app: App, deps: ListenerRouteDeps, guards: Guards): void {
  app.addSchema(ListenerSchema)
  app.addSchema(UrlTokenSchema)
  const onRequest = guards.manager

  app.post(
    '/v1/workspaces/:workspaceId/listeners',
    {
      onRequest,
      schema: {
        operationId: 'createListener',
        tags: ['listeners'],
        summary: 'Create a listener',
        params: WorkspaceParams,
        body: NewListener,
        response: { 201: Ref(ListenerSchema), ...problems(400, 401, 403, 404, 409) }
      }
    },
    async (request, reply) => {
      const membership = membershipOf(request, 'editor')
      return reply.code(201).send(await createListener(deps, membership, request.body, requestActor(request)))
    }
  )

  app.get(
    '/v1/workspaces/:workspaceId/listeners',
    {
      onRequest,
      schema: {
        operationId: 'listListeners',
        tags: ['listeners'],
        summary: 'The listeners of a workspace, newest first',
        params: WorkspaceParams,
        querystring: ListenerQuery,
        response: { 200: CountedPageOf(Ref(ListenerSchema)), ...problems(400, 401, 403, 404) }
      }
    },
    async (request) => listListeners(deps, membershipOf(request, 'viewer'), request.query)
  )

  app.get(
    '/v1/listeners/:listenerId',
    {
      onRequest,
      schema: {
        operationId: 'getListener',
        tags: ['listeners'],
        summary: 'One listener',
        params: ListenerParams,
        response: { 200: Ref(ListenerSchema), ...problems(401, 403, 404) }
      }
    },
    async (request) => readListener(deps, managerOf(request).account, request.params.listenerId)
  )

  app.get(
    '/v1/listeners/:listenerId/openapi.json',
    {
      onRequest,
      config: { compressible: true },
      schema: {
        operationId: 'getListenerOpenApi',
        tags: ['listeners'],
        summary: 'An OpenAPI document of this listener, from the schemas of its published flow',
        params: ListenerParams,
        response: {
          200: Type.Unsafe<Record<string, unknown>>({
            type: 'object',
            additionalProperties: true,
            description: 'An OpenAPI 3.1 document'
          }),
          ...problems(401, 403, 404)
        }
      }
    },
    async (request) => {
      const { account } = managerOf(request)
      const listener = await readListener(deps, account, request.params.listenerId)
      const { document } = await readPublished(deps, account, listener.flowId)
      return listenerOpenApi({ listener, document: document as FlowDocument, publicUrl: deps.publicUrl })
    }
  )

  app.patch(
    '/v1/listeners/:listenerId',
    {
      onRequest,
      schema: {
        operationId: 'updateListener',
        tags: ['listeners'],
        summary: 'Change a listener',
        params: ListenerParams,
        body: ListenerChange,
        response: { 200: Ref(ListenerSchema), ...problems(400, 401, 403, 404, 409) }
      }
    },
    async (request) =>
      updateListener(deps, managerOf(request).account, request.params.listenerId, request.body, requestActor(request))
  )

  app.delete(
    '/v1/listeners/:listenerId',
    {
      onRequest,
      schema: {
        operationId: 'deleteListener',
        tags: ['listeners'],
        summary: 'Delete a listener',
        params: ListenerParams,
        response: { 204: Type.Null(), ...problems(401, 403, 404) }
      }
    },
    async (request, reply) => {
      await deleteListener(deps, managerOf(request).account, request.params.listenerId, requestActor(request))
      return reply.code(204).send(null)
    }
  )

  app.post(
    '/v1/listeners/:listenerId/url-token',
    {
      onRequest,
      schema: {
        operationId: 'createUrlToken',
        tags: ['listeners'],
        summary: 'Create a token that can call only this listener',
        params: ListenerParams,
        body: NewUrlToken,
        response: { 201: Ref(UrlTokenSchema), ...problems(400, 401, 403, 404, 409, 429) }
      }
    },
    async (request, reply) => {
      const { account } = managerOf(request)
      const { password, ...input } = request.body ?? {}
      const actor = requestActor(request)
      await findListener(deps.database.prisma, account, request.params.listenerId, 'viewer')
      const owner = await confirmManager(deps, request, { password, during: 'token creation' })
      const { listenerId } = request.params
      const issued = await issueUrlToken(deps, account, owner, listenerId, input, actor, makerIn(request))
      noStore(reply)
      return reply.code(201).send({ ...issued, token: issued.token.reveal() })
    }
  )
}
