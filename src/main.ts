import cluster from 'node:cluster'
import type { Sluice } from './assemble/assemble.ts'
import {
  type OfferedToChildren,
  seriesOf,
  type SluicePrimary,
  startAnswering,
  throughPrimary
} from './assemble/child-processes.ts'
import { isPooled } from './assemble/connections.ts'
import { makeFirstAccount } from './assemble/first-account.ts'
import { assembleFromConfig } from './assemble/from-config.ts'
import { prepareSharedSetup } from './assemble/shared-setup.ts'
import { describeStartError } from './assemble/start-error.ts'
import { stopOnSignals } from './assemble/stop.ts'
import { type Config, processEnvironment, readConfig } from './config.ts'
import { localKeys } from './data-folder.ts'
import { banner } from './demo/banner.ts'
import { exposureWarnings } from './exposure.ts'
import { openMetricsListener } from './http/metrics-listener.ts'
import { allErrors, closeWith } from './lib/closing.ts'
import { createKeyring, type Keyring, parseKeys } from './lib/keyring.ts'
import { poolerWarnings } from './platform/db/pooler.ts'
import { createLog, type Log } from './platform/log/log.ts'
import { openStandardOutput, type StandardOutput, type StandardOutputOptions } from './platform/log/stdout.ts'
import type { Children } from './platform/processes/children.ts'
import { connectToPrimary, STOP_SIGNALS } from './platform/processes/primary.ts'

/**
 * On Linux each child has its own socket on the port, and the kernel distributes the connections. On other systems the
 * primary process accepts and distributes them; a connection that is handed to a child which dies at that moment hangs.
 */
const SHARED_PORT = process.platform === 'linux' ? { reusePort: true } : {}

try {
  await run(readConfig(processEnvironment(process.cwd())))
} catch (error) {
  for (const each of allErrors(error)) process.stderr.write(`${describeStartError(each)}\n`)
  process.exit(1)
}

interface StartContext {
  log: Log
  output: StandardOutput
  keyring: Keyring
  /** Receives everything that the start opens, and closes it in reverse order if a later step fails. */
  stack: AsyncDisposableStack
}

/** A gateway that answers calls. */
interface Started {
  sluice: Sluice
  drain(): void
}

async function run(config: Config): Promise<void> {
  const output = openStandardOutput({ onChange: reportOutput })
  const log = createLog({ level: config.logLevel, destination: output })
  const primary = cluster.isWorker ? connectToPrimary<OfferedToChildren>() : undefined
  const keyring = createKeyring(config.keys ? parseKeys(config.keys.reveal()) : await localKeys(config.dataDir))
  await using stack = new AsyncDisposableStack()
  const context = { log, output, keyring, stack }
  const { sluice, drain } = await (primary ? startChild(config, context, primary) : startPrimary(config, context))
  const { stop } = stopOnSignals({
    log,
    opened: stack.move(),
    drain,
    drainMs: config.drainMs,
    // A child stops when the primary process, which gets the signals, tells it to.
    skip: primary ? [...STOP_SIGNALS] : []
  })
  primary?.serve({ series: () => seriesOf(sluice), drain, stop })
  await primary?.functions.ready()
}

/**
 * Starts the gateway as one process, or as a primary process and its children. The primary process has the embedded
 * database, the jobs and the durable runs; its children answer calls.
 */
async function startPrimary(config: Config, context: StartContext): Promise<Started> {
  const { log, output, stack } = context
  const hasChildren = config.processes > 1
  let children: Children | undefined

  const { setup, demo } = await prepareSharedSetup(config, log, stack)
  const sluice = await assembleFromConfig(config, setup, context, {
    role: hasChildren && config.role === 'all' ? 'worker' : config.role,
    ...(hasChildren ? { scrape: async () => (await children?.scrape()) ?? '' } : {})
  })
  for (const warning of exposureWarnings({ ...config, publicUrl: setup.publicUrl })) log.warn(warning)
  if (isPooled(config)) for (const warning of await poolerWarnings(sluice.services.database.pool)) log.warn(warning)
  const printed = await makeFirstAccount(config, sluice, { publicUrl: setup.publicUrl, demo }, log)
  void sluice.services.periodicJobs.start()
  if (hasChildren) children = await startAnswering(config, setup, sluice, context)
  else await sluice.app.listen({ host: config.host, port: setup.port })
  await openMetricsPort(config, sluice, stack)
  output.write(banner({ url: setup.publicUrl, ...printed }))
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

/** Starts a child, which answers calls; its primary process does the rest. */
async function startChild(config: Config, context: StartContext, primary: SluicePrimary): Promise<Started> {
  const setup = await primary.functions.setup()
  const sluice = await assembleFromConfig(config, setup, context, { role: 'gateway', ...throughPrimary(primary) })
  await sluice.app.listen({ host: config.host, port: setup.port, ...SHARED_PORT })
  return { sluice, drain: sluice.drain }
}

async function openMetricsPort(
  { host, metricsPort: port, metricsToken: token }: Config,
  { services }: Sluice,
  stack: AsyncDisposableStack
): Promise<void> {
  if (port === undefined) return
  const listener = await openMetricsListener({ host, port, token, metrics: services.metrics })
  closeWith(stack, 'the port of the metrics', listener)
}

/** If the log cannot be written, as on a full disk, the gateway keeps serving and says so on standard error. */
function reportOutput(change: Parameters<NonNullable<StandardOutputOptions['onChange']>>[0]): void {
  process.stderr.write(
    change.failing
      ? `The log cannot be written (${change.error.message}): the gateway goes on.\n`
      : `The log is written again; ${change.dropped} lines are lost.\n`
  )
}
