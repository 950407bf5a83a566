import type { Clock } from '../../../lib/clock.ts'
import type { Egress, EgressRequest, EgressResponse } from '../egress.ts'
import { EgressError } from '../error.ts'
import { basicAuthorization, bearerAuthorization } from './authorization-headers.ts'
import { createDigestCall } from './digest-session.ts'
import type { AuthenticationPolicy, OAuthPolicy } from './policy.ts'
import { createTokens } from './token-cache.ts'

export interface Authenticator {
  /**
   * Sends a request with the credentials of a policy. They replace the request's `Authorization` header, and no
   * redirect carries them to another origin. An upstream that rejects them answers 401, as for any other request.
   * @param onCredential receives what is fetched or computed for the request, before it is sent
   * @throws {AuthenticationError} if the request could not be authenticated
   * @throws {EgressError} if the request could not be made
   */
  request(
    request: EgressRequest,
    policy: AuthenticationPolicy,
    onCredential?: (credential: string) => void
  ): Promise<EgressResponse>
}

/**
 * Creates an authenticator. It keeps OAuth tokens until they expire; if an upstream rejects one, a new one is fetched
 * once.
 * @example
 * const policy = { scheme: 'bearer', token: new Secret('…') } as const
 * await createAuthenticator(egress, clock).request({ method: 'GET', url }, policy)
 */
export function createAuthenticator(egress: Egress, clock: Clock): Authenticator {
  const digest = createDigestCall(egress)
  const tokens = createTokens(egress, clock)

  async function withToken(
    request: EgressRequest,
    policy: OAuthPolicy,
    onCredential: (credential: string) => void
  ): Promise<EgressResponse> {
    const first = await unlessAborted(tokens.get(policy), request.signal)
    onCredential(first.token.reveal())
    const response = await egress.request(authorized(request, bearerAuthorization(first.token)))
    if (response.status !== 401) return response
    tokens.drop(policy, first.token)
    // A token that was just fetched would be rejected again.
    if (!first.kept) return response
    const second = await unlessAborted(tokens.get(policy), request.signal)
    onCredential(second.token.reveal())
    const answer = await egress.request(authorized(request, bearerAuthorization(second.token)))
    if (answer.status === 401) tokens.drop(policy, second.token)
    return answer
  }

  return {
    async request(request, policy, onCredential = () => {}) {
      switch (policy.scheme) {
        case 'basic':
          return await egress.request(authorized(request, basicAuthorization(policy.username, policy.password)))
        case 'bearer':
          return await egress.request(authorized(request, bearerAuthorization(policy.token)))
        case 'digest':
          return await digest(withoutAuthorization(request), policy.username, policy.password, onCredential)
        case 'oauth2':
        case 'oidc':
          return await withToken(request, policy, onCredential)
      }
    }
  }
}

function authorized(request: EgressRequest, authorization: string): EgressRequest {
  const { headers, ...rest } = withoutAuthorization(request)
  return { ...rest, headers: { ...headers, authorization } }
}

function withoutAuthorization(request: EgressRequest): EgressRequest {
  const headers = Object.fromEntries(
    Object.entries(request.headers ?? {}).filter(([name]) => name.toLowerCase() !== 'authorization')
  )
  return { ...request, headers }
}

/** Several calls can wait for one token. Cancelling one of them does not stop the others. */
function unlessAborted<T>(promise: Promise<T>, signal: AbortSignal | undefined): Promise<T> {
  if (signal === undefined) return promise
  return new Promise((resolve, reject) => {
    const onAbort = (): void => reject(new EgressError('aborted', 'The call was cancelled', { cause: signal.reason }))
    if (signal.aborted) onAbort()
    signal.addEventListener('abort', onAbort, { once: true })
    promise.then(resolve, reject).finally(() => signal.removeEventListener('abort', onAbort))
  })
}
