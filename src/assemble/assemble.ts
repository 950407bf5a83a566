import { createEmailVerification } from '../accounts/email-verification.ts'
import { createPasswordResets } from '../accounts/password-resets.ts'
import { createSignInCodes } from '../accounts/sign-in-once.ts'
import { createAudit } from '../audit.ts'
import { createCustomerProvisioner } from '../customers/provisioner.ts'
import { createExpressions } from '../dsl/expressions/expressions.ts'
import { createAuthorQueues } from '../flows/author-limits.ts'
import { collectDatabase } from '../http/database-metrics.ts'
import { createDrain } from '../http/drain.ts'
import { collectEngine } from '../http/engine-metrics.ts'
import { createMetrics } from '../http/metrics.ts'
import { collectProcess } from '../http/process-metrics.ts'
import { collectRunTimes } from '../http/run-metrics.ts'
import { registerOpenApi } from '../http/openapi.ts'
import { registerRoutes } from '../http/routes/index.ts'
import { type App, createServer } from '../http/server.ts'
import type { Actor } from '../lib/actor.ts'
import { closeWith } from '../lib/closing.ts'
import { createChanges } from '../platform/db/changes.ts'
import type { Prisma } from '../platform/db/client.ts'
import { createReads } from '../platform/db/reads.ts'
import { createPeriodicJobs } from '../platform/db/periodic-jobs.ts'
import { createEgress } from '../platform/egress/index.ts'
import { createMailer } from '../platform/mail/mailer.ts'
import { createRateLimiter } from '../platform/rate-limits/rate-limiter.ts'
import { createStrictCounter } from '../platform/rate-limits/strict-counter.ts'
import { createCallRecorder } from '../requests/call-recorder.ts'
import { createWorkspaceFeed } from '../requests/feed.ts'
import { createUsage } from '../tokens/usage/usage-recorder.ts'
import { FIRST_WORKSPACE_NAME, insertWorkspace } from '../workspaces/create.ts'
import { createInvitationThrottle } from '../workspaces/invitations/throttle.ts'
import { createAuth, createPasswordChecks } from './auth.ts'
import { createCaches } from './caches.ts'
import { listJobs } from './chores.ts'
import type { AssembleOptions } from './options.ts'
import { createRuns } from './runs.ts'

/** How long calls in flight may take after the server has stopped accepting calls. */
const CALLS_BUDGET_MS = 25_000
/** How long pending mails may take. */
const MAIL_BUDGET_MS = 10_000

export interface Sluice {
  app: App
  /** What is needed to make the first admin and the demo. */
  services: Services
  /**
   * Lets calls in flight finish, writes what is buffered, and closes everything that `assemble` opened, in reverse
   * order. A second call waits for the first one.
   *
   * @throws the error of a part that could not be closed; a `SuppressedError` if there are several. All other parts are
   *   closed nevertheless.
   */
  close(): Promise<void>
  /** Prepares to stop: `/readyz` reports it, connections are not kept alive, and calls are answered as before. */
  drain(): void
}

export type Services = Awaited<ReturnType<typeof createServices>>

/**
 * The only wiring: creates each part and passes its dependencies.
 *
 * If a part fails, those before it are closed and the promise rejects. What is passed in `options` is not closed.
 *
 * @example
 * const sluice = await assemble({ database, databaseUrl, notifications, keyring, clock: systemClock, log, … })
 * await sluice.app.listen({ host, port })
 * await sluice.close()
 */
export async function assemble(options: AssembleOptions): Promise<Sluice> {
  await using stack = new AsyncDisposableStack()
  const services = await createServices(stack, options)
  await registerRoutes(services.app, services)
  const opened = stack.move()
  let closing: Promise<void> | undefined
  return {
    app: services.app,
    services,
    drain: services.drain.begin,
    close: () => (closing ??= opened.disposeAsync())
  }
}

/**
 * The order matters, because the stack closes in reverse: the server and its calls first, then the jobs, then what is
 * buffered in memory (records, usage, limits), then the engine, then what runs use.
 */
async function createServices(stack: AsyncDisposableStack, options: AssembleOptions) {
  const { database, notifications, keyring, clock, log, publicUrl, version, role } = options
  const { pool } = database
  const changes = createChanges(database, notifications)
  const audit = createAudit(clock)
  const drain = createDrain()
  const mailer = closeWith(stack, 'the mails', createMailer(options.smtp, log), MAIL_BUDGET_MS)
  const passwords = await createPasswordChecks(options)
  const expressions = closeWith(stack, 'the expression threads', createExpressions())
  const egress = closeWith(
    stack,
    'the outgoing connections',
    createEgress({
      allow: options.egressAllow,
      limits: options.upstreamTimeoutMs === undefined ? {} : { totalTimeoutMs: options.upstreamTimeoutMs }
    })
  )
  const caches = createCaches({ ...options, changes, expressions })

  const runs = await createRuns(stack, { ...options, expressions, egress, mailer, secrets: caches.secrets })
  const { recorder, emit, engine, alerts, runTimes } = runs

  const usage = createUsage({
    pool,
    clock,
    onError: (error) => log.error({ err: error }, 'the usage of tokens could not be written')
  })
  closeWith(stack, 'the recorder of token usage', usage)
  const calls = createCallRecorder({
    pool,
    clock,
    onError: (error) => log.error({ err: error }, 'records of calls could not be written')
  })
  closeWith(stack, 'the recorder of calls', calls)
  const strictLimits =
    options.redisUrl &&
    closeWith(
      stack,
      'the counter of strict limits',
      createStrictCounter({
        url: options.redisUrl,
        onAway: (error) =>
          log.warn({ err: error }, 'REDIS_URL does not answer: strict rate limits are counted like local ones'),
        onBack: () => log.info('REDIS_URL answers again: strict rate limits are exact')
      })
    )
  const rateLimiter = createRateLimiter({
    strict: strictLimits,
    pool,
    clock,
    onError: (error) => log.warn({ err: error }, 'rate limits are not shared: this process counts alone'),
    onNotStrict: () =>
      log.warn('a listener has a strict rate limit, but REDIS_URL is not set: it is counted like a local one')
  })
  closeWith(stack, 'the rate limiter', rateLimiter)
  const provisioner = createCustomerProvisioner({
    pool,
    changes,
    customers: caches.customers,
    clock,
    onError: (error) => log.error({ err: error }, 'updates of customers could not be written')
  })
  closeWith(stack, 'the provisioner of customers', provisioner)

  const periodicJobs = createPeriodicJobs({
    pool: options.lockPool ?? pool,
    log,
    now: () => clock.now(),
    jobs: listJobs({ database, changes, keyring, clock, audit, publicUrl, emit, mailer, alerts })
  })
  closeWith(stack, 'the periodic jobs', periodicJobs)

  const sources = {
    caches: {
      account: caches.accounts,
      token: caches.tokens,
      listener: caches.listeners,
      flow: caches.flows,
      secret: caches.secrets,
      customer: caches.customers,
      workspace_keys: caches.workspaceKeys,
      action: caches.actions,
      revocation: caches.revocations
    },
    expressions,
    egress,
    recorder,
    passwordHasher: passwords.passwordHasher,
    notifications,
    periodicJobs,
    audit
  }
  const metrics = createMetrics(sources, options.scrape)
  collectEngine(metrics.registry, engine)
  collectRunTimes(metrics.registry, runTimes)
  collectProcess(metrics.registry, { version, pool, drain })
  collectDatabase(metrics.registry, { pool, now: () => clock.now() })

  const passwordResets = createPasswordResets({ database, changes, clock, audit, publicUrl, mailer, log })
  closeWith(stack, 'the password resets', passwordResets)

  const app = await createServer({
    host: options.host,
    publicUrl,
    trustProxy: options.trustProxy,
    tracing: options.tracing,
    drain,
    onForwarded: () =>
      log.warn(
        'a request has X-Forwarded-For, but TRUST_PROXY is empty: behind a proxy, all callers count as one address; ' +
          'set TRUST_PROXY to the address of the proxy'
      ),
    unserved: role === 'worker' ? 'unavailable' : 'not_found',
    onCall(report) {
      metrics.onCall(report)
      usage.onCall(report)
      calls.onCall(report)
      alerts.onCall(report)
      log.call(report)
    }
  })
  closeWith(stack, 'the HTTP server', app, CALLS_BUDGET_MS)
  await registerOpenApi(app, { publicUrl, version })
  const auth = await createAuth({ ...options, app, changes, audit, egress, caches, provisioner, passwords })

  return {
    ...options,
    ...passwords,
    ...caches,
    ...runs,
    ...auth,
    app,
    authorQueues: createAuthorQueues(options.paceClock),
    calls,
    workspaceFeed: createWorkspaceFeed({
      database,
      recorder,
      calls,
      clock,
      onError: (error) => log.warn({ err: error }, 'the events of a workspace could not be read')
    }),
    audit,
    changes,
    drain,
    reads: createReads({ main: database, replica: options.readDatabase, log }),
    egress,
    emailVerification: createEmailVerification({ database, changes, clock, publicUrl, mailer }),
    expressions,
    invitationThrottle: createInvitationThrottle(pool),
    mailer,
    metrics,
    passwordResets,
    periodicJobs,
    provisioner,
    rateLimiter,
    signInCodes: options.signInCodes ?? createSignInCodes(clock),
    strictLimits,
    usage,
    createFirstWorkspace: (tx: Prisma.TransactionClient, accountId: string, actor: Actor) =>
      insertWorkspace(tx, { clock, audit, keyring }, accountId, { name: FIRST_WORKSPACE_NAME }, actor)
  }
}
