import type { Config } from '../config.ts'
import { readDemoPort, writeDemoPort } from '../data-folder.ts'
import { type DemoUpstream, startDemoUpstream } from '../demo/upstream.ts'
import { closeWith } from '../lib/closing.ts'
import { freePort } from '../lib/free-port.ts'
import { isLoopbackHost } from '../lib/ip-address.ts'
import { startEmbedded } from '../platform/db/embedded/embedded.ts'
import { migrate } from '../platform/db/migrate.ts'
import { openAsApplication } from '../platform/db/separate-roles.ts'
import { waitForMigrations } from '../platform/db/wait-for-migrations.ts'
import type { Log } from '../platform/log/log.ts'

/** The role under which the gateway uses the embedded database. */
const APPLICATION_ROLE = 'sluice_app'
/** The embedded database is stopped with up to three signals, each with its own time limit. */
const EMBEDDED_STOP_MS = 55_000

/** What the primary process sets up once at its start, and passes to its children. */
export interface SharedSetup {
  databaseUrl: string
  /** The database without a pooler in between. */
  directUrl: string
  port: number
  publicUrl: string
  /** The private hosts that flows may reach, with the demo's. */
  egressAllow: readonly string[]
}

/**
 * Sets up what the start needs once, however many processes answer: the database, its schema, the port and the demo.
 */
export async function prepareSharedSetup(
  config: Config,
  log: Log,
  stack: AsyncDisposableStack
): Promise<{ setup: SharedSetup; demo: DemoUpstream | undefined }> {
  const givenUrl = config.databaseUrl?.reveal()
  const ownerUrl = givenUrl ?? (await startOwnDatabase(config, log, stack))
  await prepareSchema(config, config.databaseDirectUrl?.reveal() ?? ownerUrl, log)
  // The application cannot change the audit log of the embedded database. For another database, its operator decides
  // this.
  const databaseUrl = givenUrl ?? (await openAsApplication(ownerUrl, APPLICATION_ROLE))
  // Chosen before anything listens, because issued tokens name this URL as their issuer.
  const port = config.port === 0 ? await freePort(config.host) : config.port
  // The demo is only for somebody who tries the gateway on their own machine.
  const demo = config.databaseUrl || !isLoopbackHost(config.host) ? undefined : await startDemo(config, log)
  if (demo) closeWith(stack, 'the demo upstream', demo)
  const setup = {
    databaseUrl,
    directUrl: config.databaseDirectUrl?.reveal() ?? databaseUrl,
    port,
    publicUrl: config.publicUrl ?? `http://${hostInUrl(config.host)}:${port}`,
    egressAllow: demo ? [...config.egressAllow, `127.0.0.1:${demo.port}`] : config.egressAllow
  }
  return { setup, demo }
}

/** Migrates the database, or waits until another process has, as `MIGRATE` says. */
async function prepareSchema({ migrate: mode }: Config, url: string, log: Log): Promise<void> {
  if (mode === 'auto')
    await migrate({
      url,
      onNewer: (migrations) => log.info({ migrations }, 'the database is newer than this version, which may run on it')
    })
  if (mode === 'wait')
    await waitForMigrations({
      url,
      onWaiting: (missing) => log.info({ missing }, 'waiting until the database is migrated')
    })
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

function hostInUrl(host: string): string {
  if (host === '0.0.0.0' || host === '::') return '127.0.0.1'
  return host.includes(':') ? `[${host}]` : host
}
