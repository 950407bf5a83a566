import { Type, type Static } from 'typebox'
import { Fault } from '../../lib/fault.ts'
import { isForeignJwt } from '../../tokens/foreign-token.ts'
import { type Admits, findIssued, introspect, revokeText, type CredentialKind } from '../../tokens/introspect.ts'
import { isWithin } from '../../tokens/management-bounds.ts'
import type { Database } from '../../platform/db/client.ts'
import type { App } from '../server.ts'
import { faultOf } from '../errors.ts'
import { type GuardedRequest, type Guards, managementBoundsOf, managerOf, requestActor } from '../guards.ts'
import { Nothing, OneOf, problems } from '../schemas.ts'
import { noStore } from './accounts.ts'

export interface TokenOAuthDeps {
  /** Every kind of credential that the gateway issues. */
  credentialKinds: readonly CredentialKind[]
  /** The kinds that end with another credential, and therefore cannot be revoked. */
  derivedKinds: readonly CredentialKind[]
  database: Database
}

export const FORM = 'application/x-www-form-urlencoded'
/** Further parameters are ignored (RFC 6749, section 3.2). */
const Form = Type.Object({
  token: Type.String({ minLength: 1 }),
  token_type_hint: Type.Optional(
    Type.String({
      maxLength: 100,
      description: 'Accepted and ignored: the kind of a credential is read from the credential itself'
    })
  )
})
type Form = Static<typeof Form>

const IntrospectionSchema = Type.Object(
  {
    active: Type.Boolean(),
    kind: Type.Optional(OneOf(['token', 'management', 'session', 'integration', 'oauth'])),
    token_type: Type.Optional(Type.String()),
    sub: Type.Optional(Type.String({ description: 'The owner' })),
    username: Type.Optional(Type.String()),
    client_id: Type.Optional(Type.String({ description: "The API token of an OAuth client's access token" })),
    iss: Type.Optional(Type.String()),
    jti: Type.Optional(Type.String()),
    iat: Type.Optional(Type.Integer()),
    exp: Type.Optional(Type.Integer()),
    scope: Type.Optional(
      Type.String({ description: '`workspace:<id>` and `listener:<id>`; absent = every listener the account may call' })
    ),
    actionPackageId: Type.Optional(Type.String({ description: 'The action of an integration token' }))
  },
  { $id: 'Introspection', description: 'RFC 7662, section 2.2' }
)

/** The two calls for OAuth clients: form-encoded, with OAuth's `error` in the problem document. */
export function tokenOAuthRoutes(app: App, deps: TokenOAuthDeps, guards: Guards): void {
  app.addSchema(IntrospectionSchema)
  void app.register(async (given) => {
    const scope = given as App
    takeForms(scope)
    scope.setErrorHandler((error) => {
      throw withOAuthError(faultOf(error))
    })
    const options = { onRequest: guards.oauthClient }
    const shared = { tags: ['tokens'], consumes: [FORM], body: Form }

    scope.post(
      '/v1/tokens/introspect',
      {
        ...options,
        schema: {
          operationId: 'introspectToken',
          ...shared,
          summary: 'Introspect a credential (RFC 7662)',
          description:
            "For the caller's own credentials and integration tokens of its workspaces; admins see every one. " +
            'All others, and credentials that have ended, get `{ "active": false }`.',
          response: { 200: Type.Ref('Introspection'), ...problems(400, 401, 403, 415) }
        }
      },
      async (request, reply) => {
        noStore(reply)
        return introspect(
          [...deps.credentialKinds, ...deps.derivedKinds],
          managerOf(request).account,
          (request.body as Form).token,
          admitted(deps, request)
        )
      }
    )

    scope.post(
      '/v1/tokens/revoke',
      {
        ...options,
        schema: {
          operationId: 'revokeTokenByText',
          ...shared,
          summary: 'Revoke a credential by its text (RFC 7009)',
          description:
            'Also 200 for a credential that is unknown, has ended, or is not yours to revoke; it stays unchanged. ' +
            'Integration tokens can be revoked by their user and by editors of the workspace. For a token that the ' +
            'back end of customers signed, and for an access token: 400 with `error: "unsupported_token_type"`.',
          response: { 200: Nothing, ...problems(400, 401, 403, 415) }
        }
      },
      async (request, reply) => {
        const { token } = request.body as Form
        if (isForeignJwt(token))
          throw unsupportedType(
            "A token that a customers' back end signed cannot be revoked alone: block the customer, or set its " +
              'tokensNotBefore.'
          )
        if (await findIssued(deps.derivedKinds, token))
          throw unsupportedType('An access token cannot be revoked alone: it ends with its API token.')
        await revokeText(
          deps.credentialKinds,
          managerOf(request).account,
          token,
          requestActor(request),
          admitted(deps, request)
        )
        return reply.code(200).send()
      }
    )
  })
}

/** Makes a scope accept only form-encoded bodies, as OAuth's endpoints do. */
export function takeForms(scope: App): void {
  scope.removeAllContentTypeParsers()
  scope.addContentTypeParser(FORM, { parseAs: 'string' }, (_request, body, done) => {
    try {
      done(null, fieldsOf(body.toString()))
    } catch (error) {
      done(error as Error)
    }
  })
}

/**
 * @throws Fault `invalid_request` for a repeated parameter (RFC 6749, section 3.2)
 * @throws CharsetError
 */
function fieldsOf(body: string): Record<string, string> {
  const fields = Object.create(null) as Record<string, string>
  for (const [name, value] of new URLSearchParams(body)) {
    if (name in fields)
      throw new Fault('invalid_request', { why: 'parameter_repeated', detail: 'A parameter is repeated.' })
    fields[name] = value
  }
  return fields
}

/**
 * Whether the caller may ask about a credential. A management token may ask about tokens and integration tokens within
 * its scope.
 */
function admitted({ database }: TokenOAuthDeps, request: GuardedRequest): Admits {
  const bounds = managementBoundsOf(request)
  if (!bounds) return async () => true
  const { memberships } = managerOf(request).account
  return async ({ reach }) => {
    if (!reach) return false
    return 'workspaceId' in reach ? memberships.has(reach.workspaceId) : isWithin(database.prisma, bounds, reach)
  }
}

/** RFC 7009, section 2.2.1. */
function unsupportedType(detail: string): Fault {
  return new Fault('invalid_request', {
    why: 'unsupported_token_type',
    detail,
    extensions: { error: 'unsupported_token_type' }
  })
}

/** Adds OAuth's `error` (RFC 6749, section 5.2) to the problem document. */
function withOAuthError(fault: Fault): Fault {
  const error =
    fault.status === 401
      ? 'invalid_client'
      : fault.status === 403
        ? 'unauthorized_client'
        : fault.status < 500
          ? 'invalid_request'
          : 'temporarily_unavailable'
  const { code, status, why, detail, errors, headers, extensions, cause } = fault
  return new Fault(code, {
    status,
    cause,
    extensions: { error, ...extensions },
    ...(why === undefined ? {} : { why }),
    ...(detail === undefined ? {} : { detail }),
    ...(errors === undefined ? {} : { errors }),
    ...(headers === undefined ? {} : { headers })
  })
}
