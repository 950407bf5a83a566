import { randomUUID } from 'node:crypto'
import { SignJWT } from 'jose'
import type { Secret } from '../../../lib/secret.ts'
import type { Clock } from '../../../lib/clock.ts'
import { AuthenticationError } from './error.ts'
import type { OAuthPolicy } from './policy.ts'

/** The client's credentials for the token endpoint: a header, or parameters of the request. */
export interface ClientCredentials {
  authorization?: string
  parameters: Readonly<Record<string, string>>
}

const ASSERTION_TYPE = 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer'
const ASSERTION_LIFETIME_SECONDS = 60

/**
 * The client's authentication (RFC 6749, section 2.3; RFC 7523; OpenID Connect Core, section 9). For
 * `client_secret_jwt` an assertion is signed here with HS256, unless the policy contains one. For `private_key_jwt` the
 * policy must contain one, because the DSL has no property for a key.
 * @throws {AuthenticationError} `invalid_policy`, naming the missing property
 */
export async function clientCredentials(
  { scheme, client }: OAuthPolicy,
  tokenEndpoint: string,
  clock: Clock
): Promise<ClientCredentials> {
  const need = <T>(value: T | undefined, property: string): T => {
    if (value === undefined)
      throw new AuthenticationError(
        'invalid_policy',
        `${scheme}.client.${property} is missing, which ${client.authentication} needs`
      )
    return value
  }
  switch (client.authentication) {
    case 'none':
      return { parameters: { client_id: need(client.id, 'id') } }
    case 'client_secret_post':
      return { parameters: { client_id: need(client.id, 'id'), client_secret: need(client.secret, 'secret').reveal() } }
    case 'client_secret_basic': {
      const pair = `${formEncode(need(client.id, 'id'))}:${formEncode(need(client.secret, 'secret').reveal())}`
      return { authorization: `Basic ${Buffer.from(pair).toString('base64')}`, parameters: {} }
    }
    case 'private_key_jwt':
      return assertion(need(client.assertion, 'assertion'), client.id)
    case 'client_secret_jwt':
      return client.assertion !== undefined
        ? assertion(client.assertion, client.id)
        : {
            parameters: {
              ...assertionParameters(
                await signAssertion(need(client.id, 'id'), need(client.secret, 'secret'), tokenEndpoint, clock)
              )
            }
          }
  }
}

function assertion(token: Secret, id: string | undefined): ClientCredentials {
  return { parameters: { ...assertionParameters(token.reveal()), ...(id === undefined ? {} : { client_id: id }) } }
}

function assertionParameters(token: string): Record<string, string> {
  return { client_assertion_type: ASSERTION_TYPE, client_assertion: token }
}

function signAssertion(id: string, secret: Secret, audience: string, clock: Clock): Promise<string> {
  const now = Math.floor(clock.now() / 1000)
  return new SignJWT({ jti: randomUUID() })
    .setProtectedHeader({ alg: 'HS256' })
    .setIssuer(id)
    .setSubject(id)
    .setAudience(audience)
    .setIssuedAt(now)
    .setExpirationTime(now + ASSERTION_LIFETIME_SECONDS)
    .sign(Buffer.from(secret.reveal()))
}

/** RFC 6749, section 2.3.1 and appendix B: identifier and secret are form-encoded before they are joined. */
function formEncode(text: string): string {
  return new URLSearchParams([['', text]]).toString().slice(1)
}
