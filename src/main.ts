import cluster from 'node:cluster'
import { setTimeout as sleep } from 'node:timers/promises'
import closeWithGrace from 'close-with-grace'
import type { Pool } from 'pg'
import { BootstrapError } from './accounts/bootstrap-admin.ts'
import type { SignInCodes } from './accounts/sign-in-once.ts'
import { assemble, type Sluice } from './assemble/assemble.ts'
import { makeFirstAccount } from './assemble/first-account.ts'
import { type Place, preparePlace } from './assemble/place.ts'
import { startTracing } from './assemble/tracing.ts'
import { type Config, ConfigError, processEnvironment, readConfig } from './config.ts'
import { localKeys } from './data-folder.ts'
import { banner } from './demo/banner.ts'
import { exposureWarnings } from './exposure.ts'
import { openMetricsListener } from './http/metrics-listener.ts'
import { systemClock } from './lib/clock.ts'
import { allErrors, closeWith } from './lib/closing.ts'
import { refusePortInUse } from './lib/free-port.ts'
import { createKeyring, parseKeys } from './lib/keyring.ts'
import { ownVersion } from './lib/own-version.ts'
import { openDatabase } from './platform/db/client.ts'
import { EmbeddedError } from './platform/db/embedded/embedded.ts'
import { MigrationError } from './platform/db/migrate.ts'
import { createNotifications } from './platform/db/notify.ts'
import { poolerWarnings } from './platform/db/pooler.ts'
import { createLog, type Log } from './platform/log/log.ts'
import { openStandardOutput, type StandardOutput, type StandardOutputOptions } from './platform/log/stdout.ts'
import { type Children, ChildrenError, startChildren } from './platform/processes/children.ts'
import { connectToPrimary, type Primary, STOP_SIGNALS } from './platform/processes/primary.ts'

/**
 * The longest that a stop may take after draining: more than the budgets of all parts together. Each part is abandoned
 * after its own budget, so only a bug reaches this limit.
 */
const STOP_MAX_MS = 120_000
/**
 * On Linux each child has its own socket on the port, and the kernel distributes the connections. On other systems the
 * primary process accepts and distributes them; a connection that is handed to a child which dies at that moment hangs.
 */
const SHARED_PORT = process.platform === 'linux' ? { reusePort: true } : {}
/** The direct connections, past a pooler, for the locks of periodic jobs. */
const LOCK_CONNECTIONS = 2

try {
  const config = readConfig(processEnvironment(process.cwd()))
  await run(config)
} catch (error) {
  for (const each of allErrors(error)) process.stderr.write(`${describe(each)}\n`)
  process.exit(1)
}

/** One sentence for errors that an operator can fix. Anything else is a bug and keeps its stack. */
function describe(error: unknown): string {
  const known =
    error instanceof ConfigError ||
    error instanceof MigrationError ||
    error instanceof EmbeddedError ||
    error instanceof BootstrapError ||
    error instanceof ChildrenError ||
    (error as NodeJS.ErrnoException).code === 'EADDRINUSE'
  if (known) return (error as Error).message
  // Other properties are left out: those of an invalid URL contain the URL with its password.
  const { stack, cause } = error as Error
  return `${stack ?? String(error)}${cause === undefined ? '' : `\nCaused by: ${describe(cause)}`}`
}

async function run(config: Config): Promise<void> {
  const output = openStandardOutput({ onChange: reportOutput })
  const log = createLog({ level: config.logLevel, destination: output })
  const primary = cluster.isWorker ? connectToPrimary<OfferedToChildren>() : undefined
  await using stack = new AsyncDisposableStack()
  const { drain, sluice } = await start(config, { log, output, stack, primary })
  const opened = stack.move()
  const closing = closeWithGrace(
    // A child stops when the primary process, which gets the signals, tells it to.
    { delay: config.drainMs + STOP_MAX_MS, logger: false, skip: primary ? [...STOP_SIGNALS] : [] },
    async ({ signal, err }) => {
      if (err) log.error({ err }, 'an error was not caught')
      else log.info({ signal }, 'stopping')
      // SIGTERM comes from a supervisor: its proxy must learn of the stop before the process stops. Ctrl-C stops at
      // once.
      if (signal === 'SIGTERM') {
        drain()
        await sleep(config.drainMs)
      }
      try {
        await opened.disposeAsync()
      } catch (error) {
        for (const each of allErrors(error)) {
          log.error({ err: each }, 'a part did not stop in order')
          process.stderr.write(`Not stopped in order: ${(each as Error).message}\n`)
        }
        log.flush()
        // The exit code says so: 1.
        throw error
      }
      log.flush()
    }
  )
  primary?.serve({ series: () => seriesOf(sluice), drain, stop: () => closing.close() })
  await primary?.functions.ready()
}

/** The functions of the primary process for its children. */
interface OfferedToChildren {
  place(): Place
  takeSignInCode: SignInCodes['take']
}

interface StartContext {
  log: Log
  output: StandardOutput
  /** Receives everything that the start opens, and closes it in reverse order if a later step fails. */
  stack: AsyncDisposableStack
  /** In a child: the process that started it. */
  primary: Primary<RemoteOffer> | undefined
}

type RemoteOffer = ReturnType<typeof connectToPrimary<OfferedToChildren>>['functions']

/**
 * Starts the gateway: as one process, or as a primary process and its children. The primary process has the embedded
 * database, the jobs and the durable runs; its children answer calls.
 */
async function start(config: Config, context: StartContext): Promise<{ drain(): void; sluice: Sluice }> {
  const { log, output, stack, primary } = context
  const keyring = createKeyring(config.keys ? parseKeys(config.keys.reveal()) : await localKeys(config.dataDir))
  const prepared = primary ? undefined : await preparePlace(config, log, stack)
  const place = prepared?.place ?? ((await primary?.functions.place()) as Place)
  const hasChildren = !primary && config.processes > 1
  let children: Children | undefined

  const database = closeWith(
    stack,
    'the connections to the database',
    openDatabase({ url: place.databaseUrl, log, poolSize: config.databasePool, pooled: isPooled(config) })
  )
  const readDatabase =
    config.databaseReadUrl &&
    closeWith(
      stack,
      'the connections to the replica',
      openDatabase({
        url: config.databaseReadUrl.reveal(),
        log,
        poolSize: config.databasePool,
        pooled: isPooled(config)
      })
    )
  const notifications = createNotifications({ url: place.directUrl, log, clock: systemClock })
  closeWith(stack, 'the listener for notifications', notifications)
  await notifications.ready()
  const sluice = await assemble({
    database,
    readDatabase,
    databaseUrl: place.directUrl,
    lockPool: isPooled(config) ? openLocks(place.directUrl, log, stack) : undefined,
    redisUrl: config.redisUrl,
    restate: config.restate,
    passwordBreachUrl: config.passwordBreachUrl,
    notifications,
    keyring,
    clock: systemClock,
    log,
    publicUrl: place.publicUrl,
    role: roleOf(config, primary !== undefined, hasChildren),
    host: config.host,
    signup: config.signup,
    smtp: config.smtp,
    egressAllow: place.egressAllow,
    trustProxy: config.trustProxy,
    requestBodyMax: config.requestBodyMax,
    upstreamTimeoutMs: config.upstreamTimeoutMs,
    tracing: await startTracing(config, log, stack),
    cachePolicy: { maxStaleMs: config.cacheMaxStaleMs, graceMs: config.cacheGraceMs },
    metricsToken: config.metricsToken,
    version: ownVersion(),
    ...(primary
      ? {
          scrape: () => primary.functions.scrape(),
          signInCodes: { issue: refuseToIssue, take: (code) => primary.functions.takeSignInCode(code) }
        }
      : {}),
    ...(hasChildren ? { scrape: async () => (await children?.scrape()) ?? '' } : {})
  })
  closeWith(stack, 'the gateway', sluice, STOP_MAX_MS)
  if (!prepared) {
    await sluice.app.listen({ host: config.host, port: place.port, ...SHARED_PORT })
    return { drain: sluice.drain, sluice }
  }

  for (const warning of exposureWarnings({ ...config, publicUrl: place.publicUrl })) log.warn(warning)
  if (isPooled(config)) for (const warning of await poolerWarnings(database.pool)) log.warn(warning)
  const printed = await makeFirstAccount(config, sluice, { publicUrl: place.publicUrl, demo: prepared.demo }, log)
  void sluice.services.periodicJobs.start()
  if (hasChildren) {
    await refusePortInUse(config.host, place.port)
    children = await startChildren<OfferedToChildren>({
      count: config.processes,
      functions: { place: () => place, takeSignInCode: (code) => sluice.services.signInCodes.take(code) },
      series: () => seriesOf(sluice),
      log,
      output
    })
    closeWith(stack, 'the processes that answer', children, config.drainMs + STOP_MAX_MS)
  } else await sluice.app.listen({ host: config.host, port: place.port })
  if (config.metricsPort !== undefined) {
    const { metrics } = sluice.services
    const { host, metricsPort: port, metricsToken: token } = config
    const listener = await openMetricsListener({ host, port, token, metrics })
    closeWith(stack, 'the port of the metrics', listener)
  }
  output.write(banner({ url: place.publicUrl, ...printed }))
  log.flush()
  process.send?.('ready')
  return {
    sluice,
    drain() {
      sluice.drain()
      children?.drain()
    }
  }
}

/** A child answers calls; its primary process does the rest. */
function roleOf({ role }: Config, isChild: boolean, hasChildren: boolean): Config['role'] {
  if (isChild) return 'gateway'
  return hasChildren && role === 'all' ? 'worker' : role
}

function seriesOf({ services }: Sluice) {
  return services.metrics.registry.getMetricsAsJSON()
}

function refuseToIssue(): never {
  throw new Error('only the process that prints a code makes it')
}

/** Whether `databaseUrl` leads to a pooler. */
function isPooled({ databaseDirectUrl }: Config): boolean {
  return databaseDirectUrl !== undefined
}

/** Opens direct sessions for locks, which a pooler would lose. */
function openLocks(url: string, log: Log, stack: AsyncDisposableStack): Pool {
  const locks = openDatabase({ url, log, poolSize: LOCK_CONNECTIONS })
  closeWith(stack, 'the sessions that hold locks', locks)
  return locks.pool
}

/** If the log cannot be written, as on a full disk, the gateway keeps serving and says so on standard error. */
function reportOutput(change: Parameters<NonNullable<StandardOutputOptions['onChange']>>[0]): void {
  process.stderr.write(
    change.failing
      ? `The log cannot be written (${change.error.message}): the gateway goes on.\n`
      : `The log is written again; ${change.dropped} lines are lost.\n`
  )
}
