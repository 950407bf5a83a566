import type { AuthenticationPolicy } from '../platform/egress/index.ts'
import type { HttpAuthentication } from '../dsl/index.ts'
import { Secret } from '../lib/secret.ts'

/** A call's evaluated authentication as the egress room takes it, its secrets wrapped. */
export function toPolicy(authentication: HttpAuthentication): AuthenticationPolicy {
  switch (authentication.scheme) {
    case 'bearer':
      return { scheme: 'bearer', token: new Secret(authentication.token) }
    case 'basic':
    case 'digest':
      return {
        scheme: authentication.scheme,
        username: authentication.username,
        password: new Secret(authentication.password)
      }
    default: {
      const { client, password, subject, endpoints, ...rest } = authentication
      return {
        scheme: rest.scheme,
        authority: rest.authority,
        tokenEndpoint: endpoints.token,
        grant: rest.grant,
        client: {
          authentication: client.authentication,
          ...(client.id === undefined ? {} : { id: client.id }),
          ...(client.secret === undefined ? {} : { secret: new Secret(client.secret) }),
          ...(client.assertion === undefined ? {} : { assertion: new Secret(client.assertion) })
        },
        encoding: rest.encoding,
        issuers: rest.issuers,
        scopes: rest.scopes,
        audiences: rest.audiences,
        ...(rest.username === undefined ? {} : { username: rest.username }),
        ...(password === undefined ? {} : { password: new Secret(password) }),
        ...(subject === undefined ? {} : { refreshToken: new Secret(subject.token) })
      }
    }
  }
}
