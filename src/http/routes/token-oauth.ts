import { Type, type Static } from 'typebox'
import { Fault } from '../../lib/fault.ts'
import { introspect, revokeText, type CredentialKind } from '../../tokens/introspect.ts'
import type { App } from '../server.ts'
import { faultOf } from '../errors.ts'
import { type Guards, managerOf, requestActor } from '../guards.ts'
import { Closed, Nothing, OneOf, problems } from '../schemas.ts'
import { noStore } from './accounts.ts'

export interface TokenOAuthDeps {
  /** Every kind of credential that we issue. */
  credentialKinds: readonly CredentialKind[]
}

const FORM = 'application/x-www-form-urlencoded'
const TEXT_MAX = 8_192

const Form = Closed({
  token: Type.String({ minLength: 1, maxLength: TEXT_MAX }),
  token_type_hint: Type.Optional(
    Type.String({ maxLength: 100, description: 'Taken, and not needed: a credential says itself what it is' })
  )
})
type Form = Static<typeof Form>

const IntrospectionSchema = Type.Object(
  {
    active: Type.Boolean(),
    kind: Type.Optional(OneOf(['token', 'session', 'integration'])),
    token_type: Type.Optional(Type.String()),
    sub: Type.Optional(Type.String({ description: 'Whose it is' })),
    username: Type.Optional(Type.String()),
    iss: Type.Optional(Type.String()),
    jti: Type.Optional(Type.String()),
    iat: Type.Optional(Type.Integer()),
    exp: Type.Optional(Type.Integer()),
    scope: Type.Optional(
      Type.String({ description: '`workspace:<id>` and `listener:<id>`; absent = every listener the account may call' })
    ),
    actionPackageId: Type.Optional(Type.String({ description: 'Of an integration token: the action that it is for' }))
  },
  { $id: 'Introspection', description: 'RFC 7662, section 2.2' }
)

/** The two calls that OAuth clients know: form-encoded, and with OAuth's `error` in the problem document. */
export function tokenOAuthRoutes(app: App, deps: TokenOAuthDeps, guards: Guards): void {
  app.addSchema(IntrospectionSchema)
  void app.register(async (given) => {
    const scope = given as App
    scope.removeAllContentTypeParsers()
    scope.addContentTypeParser(FORM, { parseAs: 'string' }, (_request, body, done) => {
      try {
        done(null, fieldsOf(body.toString()))
      } catch (error) {
        done(error as Error)
      }
    })
    scope.setErrorHandler((error) => {
      throw withOAuthError(faultOf(error))
    })
    const options = { onRequest: guards.manager }
    const shared = { tags: ['tokens'], consumes: [FORM], body: Form }

    scope.post(
      '/v1/tokens/introspect',
      {
        ...options,
        schema: {
          operationId: 'introspectToken',
          ...shared,
          summary: 'What a credential is worth (RFC 7662)',
          description:
            'For one\'s own credentials, integration tokens of one\'s workspaces, and every one for admins. Of any other, as of what has ended: `{ "active": false }`.',
          response: { 200: Type.Ref('Introspection'), ...problems(400, 401, 403, 415) }
        }
      },
      async (request, reply) => {
        noStore(reply)
        return introspect(deps.credentialKinds, managerOf(request).account, (request.body as Form).token)
      }
    )

    scope.post(
      '/v1/tokens/revoke',
      {
        ...options,
        schema: {
          operationId: 'revokeTokenByText',
          ...shared,
          summary: 'End a credential by its text (RFC 7009)',
          description:
            '200 also for one that is unknown, has ended, or is not yours to end, which stays as it is. Integration tokens are ended by their user and by editors of the workspace.',
          response: { 200: Nothing, ...problems(400, 401, 403, 415) }
        }
      },
      async (request, reply) => {
        await revokeText(
          deps.credentialKinds,
          managerOf(request).account,
          (request.body as Form).token,
          requestActor(request)
        )
        return reply.code(200).send()
      }
    )
  })
}

/** @throws Fault `invalid_request` for a parameter that comes twice (RFC 6749, section 3.2) */
function fieldsOf(body: string): Record<string, string> {
  const fields = Object.create(null) as Record<string, string>
  for (const [name, value] of new URLSearchParams(body)) {
    if (name in fields)
      throw new Fault('invalid_request', { why: 'parameter_repeated', detail: 'A parameter comes more than once.' })
    fields[name] = value
  }
  return fields
}

/** RFC 6749, section 5.2, as a member of the problem document. */
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
    extensions: { ...extensions, error },
    ...(why === undefined ? {} : { why }),
    ...(detail === undefined ? {} : { detail }),
    ...(errors === undefined ? {} : { errors }),
    ...(headers === undefined ? {} : { headers })
  })
}
