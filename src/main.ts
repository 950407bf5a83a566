import { readFileSync } from 'node:fs'
import closeWithGrace from 'close-with-grace'
import { bootstrapAdmin } from './accounts/bootstrap-admin.ts'
import { assemble } from './assemble/assemble.ts'
import { ConfigError, processEnvironment, readConfig, type Config } from './config.ts'
import { localKeys, readDemoPort, writeDemoPort } from './data-folder.ts'
import { openDatabase } from './platform/db/client.ts'
import { EmbeddedError, startEmbedded } from './platform/db/embedded/embedded.ts'
import { migrate, MigrationError } from './platform/db/migrate.ts'
import { createNotifications } from './platform/db/notify.ts'
import { banner } from './demo/banner.ts'
import { seedDemo } from './demo/seed.ts'
import { startDemoUpstream, type DemoUpstream } from './demo/upstream.ts'
import { systemClock } from './lib/clock.ts'
import { freePort } from './lib/free-port.ts'
import { createHoldings, type Holdings } from './lib/holdings.ts'
import { createKeyring, parseKeys } from './lib/keyring.ts'
import { createLog, type Log } from './platform/log/log.ts'
import { openStandardOutput, type StandardOutput, type StandardOutputOptions } from './platform/log/stdout.ts'

/** Calls in flight get this long after a signal to stop. */
const STOP_MS = 35_000

try {
  const config = readConfig(processEnvironment(process.cwd()))
  await run(config)
} catch (error) {
  // What an operator can mend is said in a sentence; anything else is a bug and keeps its stack.
  const known =
    error instanceof ConfigError ||
    error instanceof MigrationError ||
    error instanceof EmbeddedError ||
    (error as NodeJS.ErrnoException).code === 'EADDRINUSE'
  process.stderr.write(`${known ? (error as Error).message : String((error as Error).stack ?? error)}\n`)
  process.exit(1)
}

async function run(config: Config): Promise<void> {
  const output = openStandardOutput({ onChange: tellOfLog })
  const log = createLog({ level: config.logLevel, destination: output })
  const taken = createHoldings()
  const giveBack = (): Promise<void> =>
    taken.free((what, error) => log.error({ err: error, what }, 'not stopped in order'))
  try {
    await start(config, log, output, taken)
  } catch (error) {
    await giveBack()
    throw error
  }
  closeWithGrace({ delay: STOP_MS, logger: false }, async ({ signal, err }) => {
    if (err) log.error({ err }, 'an error nobody caught')
    else log.info({ signal }, 'stopping')
    await giveBack()
    log.flush()
  })
}

async function start(config: Config, log: Log, output: StandardOutput, taken: Holdings): Promise<void> {
  const keyring = createKeyring(config.keys ? parseKeys(config.keys.reveal()) : await localKeys(config.dataDir))
  const databaseUrl = config.databaseUrl?.reveal() ?? (await startOwnDatabase(config, log, taken))
  await migrate({ url: databaseUrl })
  const database = openDatabase({ url: databaseUrl, log })
  taken.add('database', () => database.close())
  const notifications = createNotifications({ url: databaseUrl, log, clock: systemClock })
  taken.add('notifications', () => notifications.close())
  await notifications.ready()

  // Known before anything listens: the issuer in our tokens names it.
  const port = config.port === 0 ? await freePort(config.host) : config.port
  const publicUrl = config.publicUrl ?? `http://${hostInUrl(config.host)}:${port}`
  const demo = config.databaseUrl ? undefined : await startDemo(config, log)
  if (demo) taken.add('demo', () => demo.close())

  const sluice = await assemble({
    database,
    databaseUrl,
    notifications,
    keyring,
    clock: systemClock,
    log,
    publicUrl,
    role: config.role,
    host: config.host,
    signup: config.signup,
    egressAllow: demo ? [...config.egressAllow, `127.0.0.1:${demo.port}`] : config.egressAllow,
    trustProxy: config.trustProxy,
    cachePolicy: { maxStaleMs: config.cacheMaxStaleMs, graceMs: config.cacheGraceMs },
    version: ownVersion()
  })
  taken.add('gateway', () => sluice.close())
  const bootstrap = await bootstrapAdmin(sluice.services, {
    admin: config.admin,
    embedded: config.databaseUrl === undefined
  })
  const listenerId =
    bootstrap?.generated && demo ? await seedDemo(sluice.services, bootstrap.accountId, demo.url) : undefined
  await sluice.app.listen({ host: config.host, port })
  output.write(
    banner({
      url: publicUrl,
      ...(bootstrap?.generated ? { admin: { email: bootstrap.email, password: bootstrap.generated.reveal() } } : {}),
      ...(listenerId ? { listenerId } : {})
    })
  )
  log.flush()
  process.send?.('ready')
}

async function startOwnDatabase(config: Config, log: Log, taken: Holdings): Promise<string> {
  const embedded = await startEmbedded({ dataDir: config.dataDir, log })
  taken.add('embedded database', () => embedded.stop())
  return embedded.url
}

/** The demo must not keep the gateway from starting: without its port it is left out, and the log says so. */
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

/** Where the log's place is full or gone, the gateway serves on, and says so here. */
function tellOfLog(told: Parameters<NonNullable<StandardOutputOptions['onChange']>>[0]): void {
  process.stderr.write(
    told.failing
      ? `The log cannot be written (${told.error.message}): the gateway goes on.\n`
      : `The log is written again; ${told.dropped} lines are lost.\n`
  )
}

function ownVersion(): string {
  return (JSON.parse(readFileSync(new URL('../package.json', import.meta.url), 'utf8')) as { version: string }).version
}

function hostInUrl(host: string): string {
  if (host === '0.0.0.0' || host === '::') return '127.0.0.1'
  return host.includes(':') ? `[${host}]` : host
}
