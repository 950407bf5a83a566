import { availableParallelism } from 'node:os'
import { createAccountCache } from '../accounts/account-cache.ts'
import { createPasswordHasher } from '../accounts/password-hasher.ts'
import { createPasswordThrottle } from '../accounts/password-throttle.ts'
import { createSignUpThrottle } from '../accounts/sign-up-throttle.ts'
import { createTotpThrottle } from '../accounts/totp-throttle.ts'
import { createActionCache, createActionOrigins } from '../actions/action-cache.ts'
import { createIntegrationTokens, createRevocations } from '../actions/integration-token.ts'
import { integrationKind } from '../actions/introspect-kind.ts'
import { createAudit } from '../audit.ts'
import { createAuthenticatorChain } from '../auth/authenticate.ts'
import { apiTokenAuthenticator } from '../auth/authenticators/api-token.ts'
import { basicAuthenticator } from '../auth/authenticators/basic.ts'
import { customerTokenAuthenticator } from '../auth/authenticators/customer-token.ts'
import { integrationTokenAuthenticator } from '../auth/authenticators/integration-token.ts'
import { sessionAuthenticator } from '../auth/authenticators/session.ts'
import { createCustomerCache } from '../customers/customer-cache.ts'
import { readFlowSecrets } from '../customers/flow-secrets.ts'
import { createCustomerProvisioner } from '../customers/provisioner.ts'
import { createCustomerVerifier } from '../customers/token-verifier.ts'
import { createExpressions } from '../dsl/expressions/expressions.ts'
import { createDeliveries } from '../events/deliver.ts'
import { createEmit } from '../events/emit.ts'
import { createFlowVersions } from '../flows/compile-version.ts'
import { createFlowCache } from '../flows/published-flows.ts'
import { createIdempotency } from '../gateway/idempotency.ts'
import { createSessionCookie } from '../http/cookie.ts'
import { createGuards } from '../http/guards.ts'
import { registerJwt } from '../http/jwt.ts'
import { collectEngine, createMetrics } from '../http/metrics.ts'
import { registerOpenApi } from '../http/openapi.ts'
import { accountRoutes } from '../http/routes/accounts.ts'
import { actionRoutes } from '../http/routes/actions.ts'
import { adminRoutes } from '../http/routes/admin.ts'
import { consoleRoutes } from '../http/routes/console.ts'
import { customerRoutes } from '../http/routes/customers.ts'
import { eventRoutes } from '../http/routes/events.ts'
import { flowRoutes } from '../http/routes/flows.ts'
import { healthRoutes } from '../http/routes/health.ts'
import { inspectRoutes } from '../http/routes/inspect.ts'
import { keyringRoutes } from '../http/routes/keyring.ts'
import { listenerCallRoutes } from '../http/routes/listener-call.ts'
import { listenerRoutes } from '../http/routes/listeners.ts'
import { runRoutes } from '../http/routes/runs.ts'
import { scheduleRoutes } from '../http/routes/schedules.ts'
import { secretRoutes } from '../http/routes/secrets.ts'
import { selfRoutes } from '../http/routes/self.ts'
import { staticRoutes } from '../http/routes/static.ts'
import { tokenLifecycleRoutes } from '../http/routes/token-lifecycle.ts'
import { tokenOAuthRoutes } from '../http/routes/token-oauth.ts'
import { tokenRoutes } from '../http/routes/tokens.ts'
import { totpRoutes } from '../http/routes/totp.ts'
import { workspaceKeyRoutes } from '../http/routes/workspace-keys.ts'
import { workspaceRoutes } from '../http/routes/workspaces.ts'
import { type App, createServer, prepareManagement } from '../http/server.ts'
import type { Actor } from '../lib/actor.ts'
import type { Clock } from '../lib/clock.ts'
import type { Keyring } from '../lib/keyring.ts'
import { createListenerCache } from '../listeners/listener-cache.ts'
import { createChanges } from '../platform/db/changes.ts'
import type { Database, Prisma } from '../platform/db/client.ts'
import type { Notifications } from '../platform/db/notify.ts'
import { createPeriodicJobs } from '../platform/db/periodic-jobs.ts'
import type { CachePolicy } from '../platform/db/record-cache.ts'
import { createEgress } from '../platform/egress/index.ts'
import type { Log } from '../platform/log/log.ts'
import { createRateLimiter } from '../platform/rate-limits/rate-limiter.ts'
import { createDurableEngine } from '../runs/durable/engine.ts'
import { createRunFeed } from '../runs/event-stream.ts'
import { createPortsFactory } from '../runs/ports.ts'
import { createRecorder } from '../runs/recorder.ts'
import { createFindFlow } from '../runs/subflow.ts'
import { createSecretCache } from '../secrets/secret-cache.ts'
import { sessionKind, tokenKind } from '../tokens/introspect-kinds.ts'
import { createApiTokenJwt, createIssuedJwts } from '../tokens/jwt.ts'
import { createSigningKeys } from '../tokens/signing-keys.ts'
import { createTokenCache } from '../tokens/token-cache.ts'
import { createUsage } from '../tokens/usage/usage-recorder.ts'
import { FIRST_WORKSPACE_NAME, insertWorkspace } from '../workspaces/create.ts'
import { createKeySets } from '../workspaces/key-sets.ts'
import { createVerificationKeyCache } from '../workspaces/verification-keys.ts'
import { listJobs } from './chores.ts'

export interface AssembleOptions {
  database: Database
  /** A direct connection to it, for sessions that hold a lock. */
  databaseUrl: string
  notifications: Notifications
  keyring: Keyring
  clock: Clock
  log: Log
  /** Without a trailing slash. */
  publicUrl: string
  host: string
  signup: 'open' | 'closed'
  egressAllow: readonly string[]
  trustProxy: readonly string[]
  cachePolicy: CachePolicy
  version: string
  /** `gateway` only queues durable runs; `worker` runs them, and answers nothing but health, readiness and metrics; `all` does both. */
  role: 'gateway' | 'worker' | 'all'
}

export interface Sluice {
  app: App
  /** What making the first admin and the demo needs. */
  services: Services
  /** Lets calls in flight finish, writes what waits, and frees everything made here. */
  close(): Promise<void>
}

export type Services = Awaited<ReturnType<typeof createServices>>

/** The only wiring: makes each room and hands it what it needs. */
export async function assemble(options: AssembleOptions): Promise<Sluice> {
  const services = await createServices(options)
  const { app } = services
  try {
    await addRoutes(services)
  } catch (error) {
    await services.engine.close()
    throw error
  }

  return {
    app,
    services,
    async close() {
      await app.close()
      await services.engine.close()
      await services.deliveries?.close()
      await services.periodicJobs.close()
      await Promise.all([
        services.recorder.close(),
        services.usage.close(),
        services.rateLimiter.close(),
        services.provisioner.close()
      ])
      await Promise.all([services.egress.close(), services.expressions.close()])
    }
  }
}

async function addRoutes(services: Services): Promise<void> {
  const { app } = services
  if (services.role !== 'worker')
    listenerCallRoutes(app, { ...services, authenticators: services.listenerAuthenticators })
  await app.register(async (scope) => {
    await prepareManagement(scope)
    const guards = createGuards(scope, services)
    healthRoutes(scope, services, guards)
    if (services.role === 'worker') return
    await staticRoutes(scope)
    await consoleRoutes(scope, services)
    accountRoutes(scope, services, guards)
    totpRoutes(scope, services, guards)
    tokenRoutes(scope, services, guards)
    inspectRoutes(scope, services, guards)
    tokenLifecycleRoutes(scope, services, guards)
    tokenOAuthRoutes(scope, services, guards)
    workspaceRoutes(scope, services, guards)
    workspaceKeyRoutes(scope, services, guards)
    customerRoutes(scope, services, guards)
    selfRoutes(scope, services, guards)
    actionRoutes(scope, services, guards)
    secretRoutes(scope, services, guards)
    flowRoutes(scope, services, guards)
    eventRoutes(scope, services, guards)
    listenerRoutes(scope, services, guards)
    runRoutes(scope, services, guards)
    scheduleRoutes(scope, services, guards)
    adminRoutes(scope, services, guards)
    keyringRoutes(scope, services, guards)
  })
  await app.ready()
}

async function createServices(options: AssembleOptions) {
  const { database, notifications, keyring, clock, log, publicUrl, cachePolicy, version } = options
  const changes = createChanges(database, notifications)
  const lookup = { database, changes, notifications, clock, cachePolicy }
  const audit = createAudit(clock)
  const passwordHasher = await createPasswordHasher({ cores: availableParallelism() })
  const passwordThrottle = createPasswordThrottle(database.pool)
  const signUpThrottle = createSignUpThrottle(database.pool)
  const totpThrottle = createTotpThrottle(database.pool)
  const expressions = createExpressions()
  const egress = createEgress({ allow: options.egressAllow })
  const recorder = createRecorder({
    pool: database.pool,
    onError: (error) => log.error({ err: error }, 'a run record was not written')
  })
  const usage = createUsage({
    pool: database.pool,
    clock,
    onError: (error) => log.error({ err: error }, 'the usage of tokens was not written')
  })
  const rateLimiter = createRateLimiter({
    pool: database.pool,
    clock,
    onError: (error) => log.warn({ err: error }, 'rate limits count alone: the database was not told')
  })

  const accounts = createAccountCache(lookup)
  const tokens = createTokenCache(lookup)
  const listeners = createListenerCache(lookup)
  const flows = createFlowCache({ ...lookup, expressions })
  const secrets = createSecretCache({ ...lookup, keyring })
  const customers = createCustomerCache(lookup)
  const provisioner = createCustomerProvisioner({
    pool: database.pool,
    changes,
    customers,
    clock,
    onError: (error) => log.error({ err: error }, 'news of customers were not written')
  })
  const workspaceKeys = createVerificationKeyCache({ ...lookup, keyring })
  const keySets = createKeySets({
    egress,
    clock,
    onFailure: (uri, why) => log.warn({ host: URL.parse(uri)?.host, why }, 'a key set could not be had')
  })
  const verifier = createCustomerVerifier({ workspaces: workspaceKeys, keySets, clock, audiences: [publicUrl] })
  const actions = createActionCache(lookup)
  const actionOrigins = createActionOrigins(lookup)
  const revocations = createRevocations(lookup)
  const deliveries =
    options.role === 'gateway' ? undefined : createDeliveries({ pool: database.pool, egress, keyring, clock, log })
  const emit = createEmit({ pool: database.pool, clock, onEmitted: () => deliveries?.wake() })
  const createPorts = createPortsFactory({
    egress,
    clock,
    emit,
    readSecrets: (workspaceId, names, caller) =>
      readFlowSecrets({ secrets, database, keyring }, workspaceId, names, caller)
  })

  const subflows = {
    findFlow: createFindFlow(database.pool),
    readFlow: createFlowVersions({ pool: database.pool, expressions })
  }

  const metrics = createMetrics({
    caches: {
      account: accounts,
      token: tokens,
      listener: listeners,
      flow: flows,
      secret: secrets,
      customer: customers,
      workspace_keys: workspaceKeys,
      action: actions,
      revocation: revocations
    },
    expressions,
    egress,
    recorder,
    passwordHasher,
    notifications,
    audit
  })
  const app = await createServer({
    trustProxy: options.trustProxy,
    unserved: options.role === 'worker' ? 'unavailable' : 'not_found',
    onCall(report) {
      metrics.onCall(report)
      usage.onCall(report)
      log.call(report)
    }
  })
  await registerOpenApi(app, { publicUrl, version })
  const signingKeys = createSigningKeys({ ...lookup, keyring })
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
  const cookie = createSessionCookie(publicUrl)
  // Each refuses what is of its kind and passes on what is not: our own JWTs, by their typ, before those that others sign.
  const byToken = apiTokenAuthenticator({ tokens, accounts, apiTokenJwt, clock })
  const byBasic = basicAuthenticator({ database, passwordHasher, passwordThrottle, accounts, clock })
  const bySession = sessionAuthenticator({ database, clock, accounts })
  const byCustomer = customerTokenAuthenticator({ verifier, customers, provisioner })
  const authenticators = createAuthenticatorChain([byToken, bySession, byCustomer, byBasic])
  /** Integration tokens call listeners, and nothing else. */
  const listenerAuthenticators = createAuthenticatorChain([
    byToken,
    bySession,
    integrationTokenAuthenticator({ integrationTokens }),
    byCustomer,
    byBasic
  ])

  const periodicJobs = createPeriodicJobs({
    pool: database.pool,
    log,
    now: () => clock.now(),
    jobs: listJobs({ database, changes, keyring, clock, audit, publicUrl, emit })
  })

  // Last: it works as soon as it is there.
  const engine = await createDurableEngine({
    pool: database.pool,
    url: options.databaseUrl,
    notifications,
    clock,
    log,
    expressions,
    createPorts,
    version,
    role: options.role
  })
  collectEngine(metrics.registry, engine)
  const idempotency = createIdempotency({ pool: database.pool, keyring, clock, workers: engine })

  return {
    ...options,
    credentialKinds: [
      tokenKind({ ...lookup, audit, publicUrl }),
      sessionKind({ ...lookup, audit, publicUrl }),
      integrationKind({ changes, audit, actions, integrationTokens, publicUrl })
    ],
    changes,
    usage,
    rateLimiter,
    periodicJobs,
    totpThrottle,
    audit,
    passwordHasher,
    passwordThrottle,
    signUpThrottle,
    expressions,
    egress,
    recorder,
    accounts,
    tokens,
    listeners,
    flows,
    secrets,
    createPorts,
    deliveries,
    subflows,
    engine,
    idempotency,
    feed: createRunFeed({ pool: database.pool }),
    metrics,
    app,
    signingKeys,
    issuedJwts,
    apiTokenJwt,
    cookie,
    authenticators,
    listenerAuthenticators,
    customers,
    provisioner,
    workspaceKeys,
    verifier,
    actions,
    actionOrigins,
    integrationTokens,
    createFirstWorkspace: (tx: Prisma.TransactionClient, accountId: string, actor: Actor) =>
      insertWorkspace(tx, { clock, audit, keyring }, accountId, FIRST_WORKSPACE_NAME, actor)
  }
}
