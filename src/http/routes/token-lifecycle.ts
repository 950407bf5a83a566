import type { FastifyRequest } from 'fastify'
import { Type } from 'typebox'
import type { Clock } from '../../lib/clock.ts'
import { Fault } from '../../lib/fault.ts'
import { subnetKey } from '../../lib/ip-address.ts'
import type { Log } from '../../platform/log/log.ts'
import { refusalHeaders } from '../../platform/rate-limits/headers.ts'
import { createWindowCounter } from '../../platform/rate-limits/windows.ts'
import { type DenialDeps, listDenials } from '../../requests/list-denials.ts'
import { readToken } from '../../tokens/read.ts'
import { requireWithin } from '../../tokens/management-bounds.ts'
import { type LeakDeps, reportLeak } from '../../tokens/report-leak.ts'
import { OVERLAP_MAX_SECONDS, rotateToken } from '../../tokens/rotate.ts'
import { readUsage, type ReadUsageDeps } from '../../tokens/usage/read.ts'
import { confirmManager } from '../confirm.ts'
import { type Guards, managementBoundsOf, managerOf, type ParamsRequest, requestActor } from '../guards.ts'
import { TokenParams } from '../params.ts'
import {
  Closed,
  ConfirmingPassword,
  Nothing,
  Nullable,
  NullableTime,
  PageOf,
  PageQuery,
  problems,
  Ref,
  Time
} from '../schemas.ts'
import type { App } from '../server.ts'
import { noStore } from './accounts.ts'
import { IssuedTokenSchema } from './token-schemas.ts'
import type { TokenRouteDeps } from './tokens.ts'

export interface TokenOperationDeps extends TokenRouteDeps, ReadUsageDeps, DenialDeps, LeakDeps {
  clock: Clock
  log: Pick<Log, 'warn'>
}

export const LEAK_TOKENS_MAX = 100
/** The limit of reports from one address. Scanners send many tokens in one report. */
export const LEAK_REPORTS = { limit: 60, windowMs: 60_000 }
/** No credential of this gateway is longer. */
const LEAK_TEXT_MAX = 4_096
const USAGE_DAYS_MAX = 400

const Rotation = Closed(
  {
    password: ConfirmingPassword,
    overlapSeconds: Type.Integer({
      minimum: 0,
      maximum: OVERLAP_MAX_SECONDS,
      description: 'How long the old token stays valid; 0 = it is revoked at once'
    })
  },
  { examples: [{ password: 'a long pass phrase', overlapSeconds: 86_400 }] }
)

const UsageSchema = Type.Object(
  {
    lastUsedAt: NullableTime,
    days: Type.Array(
      Type.Object({
        day: Type.String({ description: 'A UTC day, for example 2026-11-21' }),
        calls: Type.Integer(),
        outcomes: Type.Record(Type.String(), Type.Integer(), {
          description: '`answered`, or the code of the error'
        })
      }),
      { description: 'Days with calls, newest first' }
    ),
    addresses: Type.Array(Type.Object({ ip: Type.String(), calls: Type.Integer(), lastAt: Time }), {
      description: 'The latest addresses, newest first'
    }),
    addressCount: Type.Integer({ description: 'Number of known addresses' })
  },
  { $id: 'TokenUsage' }
)

const DenialSchema = Type.Object(
  {
    id: Type.String(),
    at: Time,
    reason: Type.String({
      description:
        'The internal reason, which only the owner sees: ' +
        '`expired`, `revoked`, `ip_not_allowed`, `listener_not_in_scope`, `rate_limited`, …'
    }),
    listenerId: Nullable(Type.String()),
    ip: Type.String(),
    requestId: Type.String({ description: 'The request id of the answer' })
  },
  { $id: 'Denial' }
)

const LeakReport = Closed(
  { tokens: Type.Array(Type.String({ maxLength: LEAK_TEXT_MAX }), { maxItems: LEAK_TOKENS_MAX }) },
  { examples: [{ tokens: ['slc_…'] }] }
)

export function tokenLifecycleRoutes(app: App, deps: TokenOperationDeps, guards: Guards): void {
  app.addSchema(UsageSchema)
  app.addSchema(DenialSchema)

  app.post(
    '/v1/tokens/:tokenId/rotate',
    {
      onRequest: guards.manager,
      schema: {
        operationId: 'rotateToken',
        tags: ['tokens'],
        summary: 'Replace a token with a new one',
        description:
          'The old token works until the overlap ends, or until it is revoked. ' +
          'Neither token outlives the expiry of the old one.',
        params: TokenParams,
        body: Rotation,
        response: { 201: Ref(IssuedTokenSchema), ...problems(400, 401, 403, 404, 409, 429) }
      }
    },
    async (request, reply) => {
      const actor = requestActor(request)
      const { password, overlapSeconds } = request.body
      await requireKept(deps, request)
      const owner = await confirmManager(deps, request, { password, during: 'token rotation' })
      const issued = await rotateToken(
        deps,
        owner,
        request.params.tokenId,
        overlapSeconds,
        actor,
        managementBoundsOf(request)
      )
      noStore(reply)
      return reply.code(201).send({ ...issued, token: issued.token.reveal() })
    }
  )

  app.get(
    '/v1/tokens/:tokenId/usage',
    {
      onRequest: guards.manager,
      schema: {
        operationId: 'getTokenUsage',
        tags: ['tokens'],
        summary: 'The usage of a token',
        params: TokenParams,
        querystring: Closed({
          days: Type.Integer({
            minimum: 1,
            maximum: USAGE_DAYS_MAX,
            default: 30,
            description: 'Number of days, counted back from today'
          })
        }),
        response: { 200: Ref(UsageSchema), ...problems(400, 401, 403, 404) }
      }
    },
    async (request) => {
      if (managementBoundsOf(request)) await requireKept(deps, request)
      return readUsage(deps, managerOf(request).account, request.params.tokenId, request.query.days)
    }
  )

  app.get(
    '/v1/tokens/:tokenId/denials',
    {
      onRequest: guards.manager,
      schema: {
        operationId: 'listTokenDenials',
        tags: ['tokens'],
        summary: 'The denied calls of a token with their reasons, newest first',
        description:
          'Kept for 30 to 33 days, at most the latest 1,000 a day for each listener. Of many in one minute the first ' +
          '200 are listed; the usage counts them all. Admins can read the denials of any token.',
        params: TokenParams,
        querystring: Closed({ ...PageQuery }),
        response: { 200: PageOf(Ref(DenialSchema)), ...problems(400, 401, 403, 404) }
      }
    },
    async (request) => {
      if (managementBoundsOf(request)) await requireKept(deps, request)
      return listDenials(deps, managerOf(request).account, request.params.tokenId, request.query)
    }
  )

  const reports = createWindowCounter({ clock: deps.clock })
  function refuseFlood(request: FastifyRequest): void {
    const result = reports.consume([
      { name: 'address', key: subnetKey(request.ip), ...LEAK_REPORTS, aligned: false, reason: 'too_many_reports' }
    ])
    if (result.refusedBy) throw new Fault('rate_limited', { why: 'too_many_reports', headers: refusalHeaders(result) })
  }

  app.post(
    '/v1/tokens/report-leak',
    {
      // Runs before the body is read, so that a flood costs nothing.
      onRequest: async (request) => refuseFlood(request),
      schema: {
        operationId: 'reportLeakedTokens',
        tags: ['tokens'],
        summary: 'Report leaked tokens',
        security: [],
        description:
          'Revokes every credential of this gateway that the texts contain. The answer is the same whether they ' +
          'contain any. A token can be part of a longer text.',
        body: LeakReport,
        response: { 202: Nothing, ...problems(400, 429) }
      }
    },
    async (request, reply) => {
      const ended = await reportLeak(deps, request.body.tokens, requestActor(request))
      if (ended > 0) deps.log.warn({ ended, requestId: request.id }, 'credentials were reported as leaked and revoked')
      return reply.code(202).send()
    }
  )
}

/** @throws Fault `not_found` for another account's token, and for one beyond the scope of a management token */
async function requireKept(
  { database: { prisma } }: Pick<TokenOperationDeps, 'database'>,
  request: ParamsRequest<{ tokenId: string }>
): Promise<void> {
  const token = await readToken(prisma, managerOf(request).account.id, request.params.tokenId)
  await requireWithin(prisma, managementBoundsOf(request), token)
}
