import { Type } from 'typebox'
import type { Database } from '../../platform/db/client.ts'
import type { Reads } from '../../platform/db/reads.ts'
import { type AuditFilter, type AuditPart, listAudit } from '../../read-audit.ts'
import { listAuditLinks } from '../../read-audit-links.ts'
import { adminOf, type Guards, managerOf, readerOf } from '../guards.ts'
import { WorkspaceParams } from '../params.ts'
import { timeOf } from '../request.ts'
import { Closed, CountedPageOf, Nullable, OneOf, PageOf, PageQuery, problems, Ref, Time } from '../schemas.ts'
import type { App } from '../server.ts'

const Id = Type.String({ minLength: 1, maxLength: 100, pattern: '^[0-9A-Za-z_]+$' })
const queryFields = {
  ...PageQuery,
  action: Type.Optional(
    Type.String({
      pattern: '^[a-z_]+\\.([a-z_]+|\\*)$',
      maxLength: 60,
      description: 'Such as token.revoked, or token.* for all of a kind'
    })
  ),
  actorId: Type.Optional(Id),
  target: Type.Optional(Type.String({ minLength: 1, maxLength: 200, pattern: '^[^\\u0000]*$' })),
  ip: Type.Optional(Type.String({ minLength: 1, maxLength: 64, pattern: '^[^\\u0000]*$' })),
  requestId: Type.Optional(Type.String({ minLength: 1, maxLength: 64, pattern: '^[0-9A-Za-z_-]+$' })),
  since: Type.Optional({ ...Time, description: 'From this time on' }),
  until: Type.Optional({ ...Time, description: 'Before this time' })
}
const AuditQuery = Closed(queryFields)
const WholeAuditQuery = Closed({ ...queryFields, workspaceId: Type.Optional(Id) })

const NullableText = Nullable(Type.String())
const AuditEventSchema = Type.Object(
  {
    id: Type.String(),
    at: Time,
    action: Type.String(),
    actorKind: OneOf(['account', 'token', 'management', 'customer', 'workspace', 'action', 'system', 'anonymous']),
    actorId: NullableText,
    actorName: NullableText,
    target: NullableText,
    targetName: NullableText,
    workspaceId: NullableText,
    ip: NullableText,
    requestId: NullableText,
    details: Type.Record(Type.String(), Type.Unknown())
  },
  {
    $id: 'AuditEvent',
    examples: [
      {
        id: 'evt_7RkzS1vXw0qLbNcYt3mPuE',
        at: '2026-11-21T09:30:00.000Z',
        action: 'token.revoked',
        actorKind: 'account',
        actorId: 'acc_1uVb8WsKd5nQyZ0hCfMr2L',
        actorName: 'Ada',
        target: 'tok_9GjXe4TqHs7oAiDp6wBzVk',
        targetName: 'warehouse',
        workspaceId: null,
        ip: '192.0.2.7',
        requestId: 'req_4Wm0aTqk1ZCr8dBn2xJfLs',
        details: { name: 'warehouse', reason: 'left the company' }
      }
    ]
  }
)

const AuditLinkSchema = Type.Object(
  {
    chain: Type.Integer(),
    seq: Type.String({ description: 'From 1, without a gap' }),
    eventId: Type.String(),
    hash: Type.String({ description: 'SHA-256 of the hash before it in the chain and of the line, in hexadecimal' }),
    line: Nullable(Type.String({ description: 'The text that the hash covers; null if the line is gone' }))
  },
  { $id: 'AuditLink' }
)
const AuditLinks = PageOf(Ref(AuditLinkSchema))
const AuditLinkPage = Type.Object({
  ...AuditLinks.properties,
  unlinked: Nullable(Type.Integer({ description: 'Lines without a link, up to 1000; null after the first page' }))
})

/** The audit log: all of it for admins, that of a workspace for owners, and their own part for accounts. */
export function auditRoutes(app: App, { database, reads }: { database: Database; reads: Reads }, guards: Guards): void {
  app.addSchema(AuditEventSchema)
  app.addSchema(AuditLinkSchema)
  // The links are not read from a replica, which may lag behind the chain ends of the last check.
  const list = (part: AuditPart, filter: AuditFilter) => reads(({ pool }) => listAudit(pool, part, filter))
  const response = { 200: CountedPageOf(Ref(AuditEventSchema)), ...problems(400, 401, 403) }

  app.get(
    '/v1/admin/audit',
    {
      onRequest: guards.admin,
      schema: {
        operationId: 'listAuditEntries',
        tags: ['admin'],
        summary: 'The audit log, newest first',
        querystring: WholeAuditQuery,
        response
      }
    },
    async (request) => list({ admin: adminOf(request) }, filterOf(request.query))
  )

  app.get(
    '/v1/admin/audit/links',
    {
      onRequest: guards.admin,
      schema: {
        operationId: 'listAuditLinks',
        tags: ['admin'],
        summary: 'The hash chains of the audit log, oldest first: `sluice audit verify` computes them again',
        querystring: Closed(PageQuery),
        response: { 200: AuditLinkPage, ...problems(400, 401, 403) }
      }
    },
    async (request) => listAuditLinks(database.pool, adminOf(request), request.query)
  )

  app.get(
    '/v1/account/audit',
    {
      onRequest: guards.manager,
      schema: {
        operationId: 'listAuditEntriesOfAccount',
        tags: ['accounts'],
        summary: 'What you did, and what was done to your account and your tokens, newest first',
        querystring: AuditQuery,
        response
      }
    },
    async (request) => list({ accountId: managerOf(request).account.id }, filterOf(request.query))
  )

  app.get(
    '/v1/workspaces/:workspaceId/audit',
    {
      onRequest: guards.manager,
      schema: {
        operationId: 'listAuditEntriesOfWorkspace',
        tags: ['workspaces'],
        summary: 'What was done in a workspace, newest first',
        description: 'For its owners.',
        params: WorkspaceParams,
        querystring: AuditQuery,
        response: { ...response, ...problems(404) }
      }
    },
    async (request) => list({ membership: readerOf(request, 'owner') }, filterOf(request.query))
  )
}

function filterOf<Q extends { since?: string; until?: string } & Omit<AuditFilter, 'since' | 'until'>>({
  since,
  until,
  ...rest
}: Q): AuditFilter {
  return { ...rest, since: timeOf(since, '/since'), until: timeOf(until, '/until') }
}
