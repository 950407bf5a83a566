import { availableParallelism } from 'node:os'
import { createBreachedPasswords } from '../accounts/breached-passwords.ts'
import { createPasswordHasher } from '../accounts/password-hasher.ts'
import { createPasswordThrottle } from '../accounts/password-throttle.ts'
import { createSignUpThrottle } from '../accounts/sign-up-throttle.ts'
import { createTotpThrottle } from '../accounts/totp-throttle.ts'
import { createIntegrationTokens } from '../actions/integration-token.ts'
import { integrationKind } from '../actions/introspect-kind.ts'
import type { Audit } from '../audit.ts'
import { createAuthenticatorChain } from '../auth/authenticate.ts'
import { createClientThrottle } from '../auth/oauth/client-throttle.ts'
import { apiTokenAuthenticator } from '../auth/authenticators/api-token.ts'
import { basicAuthenticator } from '../auth/authenticators/basic.ts'
import { customerTokenAuthenticator } from '../auth/authenticators/customer-token.ts'
import { integrationTokenAuthenticator } from '../auth/authenticators/integration-token.ts'
import { managementTokenAuthenticator, refuseManagementTokens } from '../auth/authenticators/management-token.ts'
import { sessionAuthenticator } from '../auth/authenticators/session.ts'
import type { CustomerProvisioner } from '../customers/provisioner.ts'
import { createCustomerVerifier } from '../customers/token-verifier.ts'
import { createSessionCookie } from '../http/cookie.ts'
import { registerJwt } from '../http/jwt.ts'
import type { App } from '../http/server.ts'
import type { Changes } from '../platform/db/changes.ts'
import type { Egress } from '../platform/egress/index.ts'
import { accessTokenKind } from '../tokens/access-token-kind.ts'
import { sessionKind, tokenKind } from '../tokens/introspect-kinds.ts'
import { createApiTokenJwt, createIssuedJwts } from '../tokens/jwt.ts'
import { createTokenDigests } from '../tokens/token-digests.ts'
import { createSigningKeys } from '../tokens/signing-keys.ts'
import { createKeySets } from '../workspaces/key-sets.ts'
import type { Caches } from './caches.ts'
import type { AssembleOptions } from './options.ts'

export interface AuthDeps extends AssembleOptions {
  app: App
  changes: Changes
  audit: Audit
  egress: Egress
  caches: Caches
  provisioner: CustomerProvisioner
  passwords: PasswordChecks
}

export type PasswordChecks = Awaited<ReturnType<typeof createPasswordChecks>>

/** Creates what checks passwords and second factors, and limits how often they are tried. */
export async function createPasswordChecks({
  database,
  clock,
  log,
  passwordBreachUrl
}: Pick<AssembleOptions, 'database' | 'clock' | 'log' | 'passwordBreachUrl'>) {
  return {
    passwordHasher: await createPasswordHasher({ cores: availableParallelism() }),
    breachedPasswords: createBreachedPasswords({ url: passwordBreachUrl, clock, log }),
    passwordThrottle: createPasswordThrottle(database.pool),
    signUpThrottle: createSignUpThrottle(database.pool),
    totpThrottle: createTotpThrottle(database.pool)
  }
}

/** Creates the authenticators, one for each kind of credential, and the issuers of our own credentials. */
export async function createAuth(deps: AuthDeps) {
  const { app, database, changes, clock, log, audit, publicUrl, egress, caches, provisioner, passwords } = deps
  const { accounts, tokens, customers, workspaceKeys, actions, revocations } = caches
  const { passwordHasher, passwordThrottle } = passwords

  const signingKeys = createSigningKeys(deps)
  const issuedJwts = createIssuedJwts({ codec: await registerJwt(app), keys: signingKeys, issuer: publicUrl })
  const apiTokenJwt = createApiTokenJwt(issuedJwts)
  const integrationTokens = createIntegrationTokens({
    issuedJwts,
    actions,
    workspaces: workspaceKeys,
    accounts,
    customers,
    revocations,
    clock
  })
  const keySets = createKeySets({
    egress,
    clock,
    onFailure: (uri, why) => log.warn({ host: URL.parse(uri)?.host, why }, 'a key set could not be fetched')
  })
  const verifier = createCustomerVerifier({ workspaces: workspaceKeys, keySets, clock, audiences: [publicUrl] })

  // Each refuses an invalid credential of its own kind and passes on the others. The authenticators of our own JWTs,
  // which they recognize by `typ`, come before that of JWTs which others sign.
  const findTokenDigest = createTokenDigests(database.pool)
  const byToken = apiTokenAuthenticator({ tokens, accounts, apiTokenJwt, findTokenDigest, clock })
  const byManagement = managementTokenAuthenticator({ tokens, accounts, clock })
  const bySession = sessionAuthenticator({ database, clock, accounts })
  const byIntegration = integrationTokenAuthenticator({ integrationTokens })
  const byCustomer = customerTokenAuthenticator({ verifier, customers, provisioner })
  const byBasic = basicAuthenticator({ database, changes, audit, passwordHasher, passwordThrottle, accounts, clock })

  const introspection = { database, changes, clock, audit, publicUrl }
  return {
    signingKeys,
    issuedJwts,
    apiTokenJwt,
    integrationTokens,
    verifier,
    cookie: createSessionCookie(publicUrl),
    authenticators: createAuthenticatorChain([
      ['token', byToken],
      ['management', byManagement],
      ['session', bySession],
      ['customer', byCustomer],
      ['basic', byBasic]
    ]),
    /** Integration tokens call only listeners. Management tokens call no listeners. */
    listenerAuthenticators: createAuthenticatorChain([
      ['token', byToken],
      ['management', refuseManagementTokens(byManagement)],
      ['session', bySession],
      ['integration', byIntegration],
      ['customer', byCustomer],
      ['basic', byBasic]
    ]),
    clientThrottle: createClientThrottle(database.pool),
    findTokenDigest,
    derivedKinds: [accessTokenKind({ database, clock, apiTokenJwt, publicUrl })],
    credentialKinds: [
      tokenKind(introspection),
      sessionKind(introspection),
      integrationKind({ changes, audit, actions, integrationTokens, publicUrl })
    ]
  }
}
