import type { Config } from '../config.ts'
import { systemClock } from '../lib/clock.ts'
import { closeWith } from '../lib/closing.ts'
import type { Keyring } from '../lib/keyring.ts'
import { ownVersion } from '../lib/own-version.ts'
import type { Log } from '../platform/log/log.ts'
import { assemble, type Sluice } from './assemble.ts'
import { openConnections } from './connections.ts'
import type { AssembleOptions } from './options.ts'
import type { SharedSetup } from './shared-setup.ts'
import { STOP_MAX_MS } from './stop.ts'
import { startTracing } from './tracing.ts'

/** Assembles the gateway of this process as its settings say. */
export async function assembleFromConfig(
  config: Config,
  setup: SharedSetup,
  { log, stack, keyring }: { log: Log; stack: AsyncDisposableStack; keyring: Keyring },
  own: Pick<AssembleOptions, 'role' | 'scrape' | 'signInCodes'>
): Promise<Sluice> {
  const connections = await openConnections(config, setup, log, stack)
  const sluice = await assemble({
    ...own,
    ...connections,
    databaseUrl: setup.directUrl,
    redisUrl: config.redisUrl,
    restate: config.restate,
    passwordBreachUrl: config.passwordBreachUrl,
    keyring,
    clock: systemClock,
    log,
    publicUrl: setup.publicUrl,
    host: config.host,
    signup: config.signup,
    smtp: config.smtp,
    egressAllow: setup.egressAllow,
    trustProxy: config.trustProxy,
    requestBodyMax: config.requestBodyMax,
    upstreamTimeoutMs: config.upstreamTimeoutMs,
    tracing: await startTracing(config, log, stack),
    cachePolicy: { maxStaleMs: config.cacheMaxStaleMs, graceMs: config.cacheGraceMs },
    metricsToken: config.metricsToken,
    version: ownVersion()
  })
  return closeWith(stack, 'the gateway', sluice, STOP_MAX_MS)
}
