import type { FastifyReply, FastifyRequest } from 'fastify'
import { Type, type Static } from 'typebox'
import {
  authenticateClient,
  issueAccessToken,
  type Client,
  type IssueAccessTokenDeps
} from '../../auth/oauth/issue-access-token.ts'
import { OAuthError } from '../../auth/oauth/oauth-error.ts'
import type { Fault } from '../../lib/fault.ts'
import { Secret } from '../../lib/secret.ts'
import { basicPair, formDecoded } from '../basic.ts'
import { refuseBasicOfOtherSites } from '../cross-site.ts'
import { faultOf } from '../errors.ts'
import { problemHeaders } from '../problem.ts'
import type { App } from '../server.ts'
import { OneOf } from '../schemas.ts'
import { noStore } from './accounts.ts'
import { oauthMetadataRoutes } from './oauth-metadata.ts'
import { FORM, takeForms } from './token-oauth.ts'

export interface OAuthRouteDeps extends IssueAccessTokenDeps {
  publicUrl: string
}

/**
 * Further parameters are ignored (RFC 6749, section 3.2). Missing ones are optional here, because they have their own
 * errors.
 */
const TokenRequest = Type.Object(
  {
    grant_type: Type.Optional(Type.String({ description: '`client_credentials`' })),
    client_id: Type.Optional(Type.String({ description: 'The id of an API token; or in Basic' })),
    client_secret: Type.Optional(Type.String({ description: 'The API token itself; or in Basic' })),
    scope: Type.Optional(
      Type.String({ description: 'Ids of listeners, separated by spaces; absent = all that the API token may call' })
    )
  },
  { examples: [{ grant_type: 'client_credentials', client_id: 'tok_7Yc2mVbN0pQr4sTuWxYz1A', client_secret: 'slc_…' }] }
)
type TokenRequest = Static<typeof TokenRequest>

const AccessTokenSchema = Type.Object(
  {
    access_token: Type.String(),
    token_type: OneOf(['Bearer']),
    expires_in: Type.Integer({ description: 'Seconds' }),
    scope: Type.Optional(Type.String({ description: 'Absent = all that the account may call' }))
  },
  { $id: 'AccessToken', description: 'RFC 6749, section 5.1' }
)
const OAuthErrorSchema = Type.Object(
  { error: Type.String(), error_description: Type.Optional(Type.String()) },
  { $id: 'OAuthError', description: 'RFC 6749, section 5.2' }
)
const Refused = Type.Ref('OAuthError')

/** The token endpoint for clients that only support OAuth, and its metadata. */
export function oauthRoutes(app: App, deps: OAuthRouteDeps): void {
  app.addSchema(AccessTokenSchema)
  app.addSchema(OAuthErrorSchema)
  oauthMetadataRoutes(app, deps.publicUrl)

  void app.register(async (given) => {
    const scope = given as App
    takeForms(scope)
    scope.setErrorHandler((error, request, reply) => sendOAuthError(faultOf(error), request, reply))

    scope.post(
      '/oauth/token',
      {
        schema: {
          operationId: 'createAccessToken',
          tags: ['tokens'],
          summary: 'Exchange an API token for an access token (RFC 6749, section 4.4)',
          description:
            'The client id is the id of an API token, the client secret its text, in Basic or in the body. The ' +
            'access token lives for at most an hour, ends with the API token, and counts as the API token everywhere.',
          consumes: [FORM],
          body: TokenRequest,
          response: {
            200: Type.Ref('AccessToken'),
            400: Refused,
            401: Refused,
            403: Refused,
            429: Refused,
            500: Refused,
            503: Refused
          }
        }
      },
      async (request, reply) => {
        noStore(reply)
        // RFC 6749, section 5.1
        reply.header('Pragma', 'no-cache')
        const body = (request.body ?? {}) as TokenRequest
        if (body.grant_type === undefined)
          throw new OAuthError('invalid_request', 'no_grant_type', 'The parameter grant_type is missing.')
        if (body.grant_type !== 'client_credentials')
          throw new OAuthError('unsupported_grant_type', 'grant_type', 'The grant_type must be client_credentials.')
        const client = await clientOf(scope, deps.publicUrl, request, reply)
        const principal = await authenticateClient(deps, client, request)
        request.principal = principal
        const issued = await issueAccessToken(deps, principal, body.scope)
        return {
          access_token: issued.accessToken.reveal(),
          token_type: 'Bearer' as const,
          expires_in: issued.expiresIn,
          ...(issued.scope === undefined ? {} : { scope: issued.scope })
        }
      }
    )
  })
}

/**
 * The one pair of client id and secret in a request: in Basic, form-encoded, or in the body (RFC 6749, section 2.3.1).
 * @throws OAuthError `invalid_request` for two pairs, `invalid_client` for none
 */
async function clientOf(app: App, publicUrl: string, request: FastifyRequest, reply: FastifyReply): Promise<Client> {
  const { client_id: id, client_secret: secret } = (request.body ?? {}) as TokenRequest
  if (request.headers.authorization === undefined) {
    if (id === undefined || secret === undefined) throw noClient('no_client')
    return { id, secret: new Secret(secret) }
  }
  if (secret !== undefined)
    throw new OAuthError(
      'invalid_request',
      'several_credentials',
      'Send the client secret once: in Basic or in the body.'
    )
  refuseBasicOfOtherSites(request, publicUrl)
  const pair = await basicPair(app, request, reply)
  const clientId = pair && formDecoded(pair.email)
  const clientSecret = pair && formDecoded(pair.password.reveal())
  if (clientId === undefined || clientSecret === undefined) throw noClient('malformed_basic')
  if (id !== undefined && id !== clientId)
    throw new OAuthError('invalid_request', 'several_clients', 'The client_id of the body is not the one in Basic.')
  return { id: clientId, secret: new Secret(clientSecret) }
}

function noClient(why: string): OAuthError {
  return new OAuthError(
    'invalid_client',
    why,
    'Send the client id and secret in Basic, or as client_id and client_secret.'
  )
}

/** Sends every refusal of these routes in OAuth's form. */
function sendOAuthError(fault: Fault, request: FastifyRequest, reply: FastifyReply): FastifyReply {
  request.fault = fault
  const error =
    fault instanceof OAuthError
      ? fault.error
      : fault.status === 429 || fault.status === 503
        ? 'temporarily_unavailable'
        : fault.status >= 500
          ? 'server_error'
          : 'invalid_request'
  // RFC 6749, section 5.2, defines no other status for invalid requests.
  const status = fault.status < 500 && ![401, 403, 429].includes(fault.status) ? 400 : fault.status
  noStore(reply)
  return reply
    .code(status)
    .headers(problemHeaders(fault, request))
    .header('Pragma', 'no-cache')
    .send({ error, ...(fault.detail === undefined ? {} : { error_description: fault.detail }) })
}
