import { readFileSync } from 'node:fs'
import { setTimeout as sleep } from 'node:timers/promises'
import closeWithGrace from 'close-with-grace'
import type { Pool } from 'pg'
import { bootstrapAdmin, BootstrapError } from './accounts/bootstrap-admin.ts'
import { assemble, type Sluice } from './assemble/assemble.ts'
import { ConfigError, processEnvironment, readConfig, type Config } from './config.ts'
import { localKeys, readDemoPort, writeDemoPort } from './data-folder.ts'
import { exposureWarnings } from './exposure.ts'
import { openMetricsListener } from './http/metrics-listener.ts'
import { openDatabase } from './platform/db/client.ts'
import { openAsApplication } from './platform/db/separate-roles.ts'
import { EmbeddedError, startEmbedded } from './platform/db/embedded/embedded.ts'
import { migrate, MigrationError } from './platform/db/migrate.ts'
import { createNotifications } from './platform/db/notify.ts'
import { waitForMigrations } from './platform/db/wait-for-migrations.ts'
import { banner } from './demo/banner.ts'
import { seedDemo } from './demo/seed.ts'
import { startDemoUpstream, type DemoUpstream } from './demo/upstream.ts'
import { systemClock } from './lib/clock.ts'
import { allErrors, closeWith } from './lib/closing.ts'
import { isLoopbackHost } from './lib/ip-address.ts'
import { freePort } from './lib/free-port.ts'
import { createKeyring, parseKeys } from './lib/keyring.ts'
import { createLog, type Log } from './platform/log/log.ts'
import { openStandardOutput, type StandardOutput, type StandardOutputOptions } from './platform/log/stdout.ts'

/**
 * The longest that a stop may take after draining: more than the budgets of all parts together. Each part is given up
 * after its own budget, so that this limit is met only by a bug.
 */
const STOP_MAX_MS = 120_000
/** The role under which the gateway uses the embedded database. */
const APPLICATION_ROLE = 'sluice_app'
/** The embedded database has three signals to end by, each with a limit of its own. */
const EMBEDDED_STOP_MS = 55_000
/** Connections past a pooler, for the locks of periodic jobs. */
const LOCK_CONNECTIONS = 2

try {
  const config = readConfig(processEnvironment(process.cwd()))
  await run(config)
} catch (error) {
  for (const each of allErrors(error)) process.stderr.write(`${describe(each)}\n`)
  process.exit(1)
}

/** One sentence for what an operator can mend. Anything else is a bug and keeps its stack. */
function describe(error: unknown): string {
  const known =
    error instanceof ConfigError ||
    error instanceof MigrationError ||
    error instanceof EmbeddedError ||
    error instanceof BootstrapError ||
    (error as NodeJS.ErrnoException).code === 'EADDRINUSE'
  if (known) return (error as Error).message
  // Not the properties: those of an invalid URL hold the URL, with its password.
  const { stack, cause } = error as Error
  return `${stack ?? String(error)}${cause === undefined ? '' : `\nCaused by: ${describe(cause)}`}`
}

async function run(config: Config): Promise<void> {
  const output = openStandardOutput({ onChange: reportOutput })
  const log = createLog({ level: config.logLevel, destination: output })
  await using stack = new AsyncDisposableStack()
  const sluice = await start(config, log, output, stack)
  const opened = stack.move()
  closeWithGrace({ delay: config.drainMs + STOP_MAX_MS, logger: false }, async ({ signal, err }) => {
    if (err) log.error({ err }, 'an error was not caught')
    else log.info({ signal }, 'stopping')
    // A supervisor's signal: its proxy must learn that this process goes, before it goes. Ctrl C stops at once.
    if (signal === 'SIGTERM') {
      sluice.drain()
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
  })
}

/** Starts the gateway. Puts everything that it opens on `stack`, which closes it in reverse if a later step fails. */
async function start(config: Config, log: Log, output: StandardOutput, stack: AsyncDisposableStack): Promise<Sluice> {
  const keyring = createKeyring(config.keys ? parseKeys(config.keys.reveal()) : await localKeys(config.dataDir))
  const givenUrl = config.databaseUrl?.reveal()
  const ownerUrl = givenUrl ?? (await startOwnDatabase(config, log, stack))
  await prepareSchema(config, config.databaseDirectUrl?.reveal() ?? ownerUrl, log)
  // The audit log of the embedded database is out of the application's reach. Of another database its operator decides.
  const databaseUrl = givenUrl ?? (await openAsApplication(ownerUrl, APPLICATION_ROLE))
  const database = closeWith(
    stack,
    'the connections to the database',
    openDatabase({ url: databaseUrl, log, poolSize: config.databasePool })
  )
  const directUrl = config.databaseDirectUrl?.reveal() ?? databaseUrl
  const notifications = createNotifications({ url: directUrl, log, clock: systemClock })
  closeWith(stack, 'the listener for notifications', notifications)
  await notifications.ready()

  // Chosen before anything listens: the tokens that we issue name this URL as their issuer.
  const port = config.port === 0 ? await freePort(config.host) : config.port
  const publicUrl = config.publicUrl ?? `http://${hostInUrl(config.host)}:${port}`
  // Only for whoever tries the gateway on a machine of its own.
  const demo = config.databaseUrl || !isLoopbackHost(config.host) ? undefined : await startDemo(config, log)
  if (demo) closeWith(stack, 'the demo upstream', demo)

  const sluice = await assemble({
    database,
    databaseUrl: directUrl,
    lockPool: config.databaseDirectUrl && openLocks(directUrl, log, stack),
    redisUrl: config.redisUrl,
    passwordBreachUrl: config.passwordBreachUrl,
    notifications,
    keyring,
    clock: systemClock,
    log,
    publicUrl,
    role: config.role,
    host: config.host,
    signup: config.signup,
    smtp: config.smtp,
    egressAllow: demo ? [...config.egressAllow, `127.0.0.1:${demo.port}`] : config.egressAllow,
    trustProxy: config.trustProxy,
    requestBodyMax: config.requestBodyMax,
    upstreamTimeoutMs: config.upstreamTimeoutMs,
    cachePolicy: { maxStaleMs: config.cacheMaxStaleMs, graceMs: config.cacheGraceMs },
    version: ownVersion()
  })
  closeWith(stack, 'the gateway', sluice, STOP_MAX_MS)
  for (const warning of exposureWarnings({ ...config, publicUrl })) log.warn(warning)
  const bootstrap = await bootstrapAdmin(sluice.services, {
    admin: config.admin,
    embedded: config.databaseUrl === undefined
  })
  // The person at the terminal reads the password beside it. Elsewhere a log may be read by others.
  const signInCode =
    bootstrap?.generated && isLoopbackHost(config.host)
      ? sluice.services.signInCodes.issue(bootstrap.accountId)
      : undefined
  const listenerId = bootstrap?.generated && demo && (await seed(sluice, bootstrap.accountId, demo, log))
  await sluice.app.listen({ host: config.host, port })
  if (config.metricsPort !== undefined) {
    const { registry } = sluice.services.metrics
    const metrics = await openMetricsListener({ host: config.host, port: config.metricsPort, registry })
    closeWith(stack, 'the port of the metrics', metrics)
  }
  output.write(
    banner({
      url: publicUrl,
      ...(bootstrap?.generated ? { admin: { email: bootstrap.email, password: bootstrap.generated.reveal() } } : {}),
      ...(signInCode ? { signInUrl: `${publicUrl}/console/welcome#${signInCode.reveal()}` } : {}),
      ...(listenerId ? { listenerId } : {})
    })
  )
  log.flush()
  process.send?.('ready')
  return sluice
}

/** Brings the database to the state of this version, or leaves that to somebody else, as `MIGRATE` says. */
async function prepareSchema({ migrate: mode }: Config, url: string, log: Log): Promise<void> {
  if (mode === 'auto') await migrate({ url })
  if (mode === 'wait')
    await waitForMigrations({
      url,
      onWaiting: (missing) => log.info({ missing }, 'waiting until the database is migrated')
    })
}

/** The sessions whose locks a pooler would lose. */
function openLocks(url: string, log: Log, stack: AsyncDisposableStack): Pool {
  const locks = openDatabase({ url, log, poolSize: LOCK_CONNECTIONS })
  closeWith(stack, 'the sessions that hold locks', locks)
  return locks.pool
}

async function startOwnDatabase(config: Config, log: Log, stack: AsyncDisposableStack): Promise<string> {
  const embedded = await startEmbedded({ dataDir: config.dataDir, log })
  closeWith(stack, 'the embedded database', { close: () => embedded.stop() }, EMBEDDED_STOP_MS)
  return embedded.url
}

/** The demo must not keep the gateway from starting: if its port is taken, it is left out and the log says so. */
async function startDemo(config: Config, log: Log): Promise<DemoUpstream | undefined> {
  const port = await readDemoPort(config.dataDir)
  try {
    const demo = await startDemoUpstream(port ?? 0)
    if (port === undefined) await writeDemoPort(config.dataDir, demo.port)
    return demo
  } catch (error) {
    log.warn({ err: error, port }, 'the demo upstream could not start: the demo listener will answer 502')
    return undefined
  }
}

/**
 * Makes the demo's flow and listener. A failure must not end the first start: the password of the new admin is shown
 * only now, and would be lost.
 */
async function seed(sluice: Sluice, accountId: string, demo: DemoUpstream, log: Log): Promise<string | undefined> {
  try {
    return await seedDemo(sluice.services, accountId, demo.url)
  } catch (error) {
    log.warn({ err: error }, 'the demo listener could not be created: the gateway starts without it')
    return undefined
  }
}

/** If the log cannot be written, as on a full disk, the gateway keeps serving and says so on standard error. */
function reportOutput(change: Parameters<NonNullable<StandardOutputOptions['onChange']>>[0]): void {
  process.stderr.write(
    change.failing
      ? `The log cannot be written (${change.error.message}): the gateway goes on.\n`
      : `The log is written again; ${change.dropped} lines are lost.\n`
  )
}

function ownVersion(): string {
  return (JSON.parse(readFileSync(new URL('../package.json', import.meta.url), 'utf8')) as { version: string }).version
}

function hostInUrl(host: string): string {
  if (host === '0.0.0.0' || host === '::') return '127.0.0.1'
  return host.includes(':') ? `[${host}]` : host
}
