import type { SignInCodes } from '../accounts/sign-in-once.ts'
import type { Config } from '../config.ts'
import { closeWith } from '../lib/closing.ts'
import { refusePortInUse } from '../lib/free-port.ts'
import type { Log } from '../platform/log/log.ts'
import type { StandardOutput } from '../platform/log/stdout.ts'
import { type Children, startChildren } from '../platform/processes/children.ts'
import type { connectToPrimary } from '../platform/processes/primary.ts'
import type { Sluice } from './assemble.ts'
import type { AssembleOptions } from './options.ts'
import type { SharedSetup } from './shared-setup.ts'
import { STOP_MAX_MS } from './stop.ts'

/** The functions of the primary process for its children, besides those of `platform/processes`. */
export interface OfferedToChildren {
  setup(): SharedSetup
  takeSignInCode: SignInCodes['take']
}

/** The primary process, as its children see it. */
export type SluicePrimary = ReturnType<typeof connectToPrimary<OfferedToChildren>>

/**
 * Starts the processes that answer calls.
 * @throws ChildrenError, or an error with the code `EADDRINUSE`
 */
export async function startAnswering(
  config: Config,
  setup: SharedSetup,
  sluice: Sluice,
  { log, output, stack }: { log: Log; output: StandardOutput; stack: AsyncDisposableStack }
): Promise<Children> {
  await refusePortInUse(config.host, setup.port)
  const children = await startChildren<OfferedToChildren>({
    count: config.processes,
    functions: { setup: () => setup, takeSignInCode: (code) => sluice.services.signInCodes.take(code) },
    series: () => seriesOf(sluice),
    log,
    output
  })
  return closeWith(stack, 'the processes that answer', children, config.drainMs + STOP_MAX_MS)
}

/** The parts of a child that call its primary process. */
export function throughPrimary({ functions }: SluicePrimary): Pick<AssembleOptions, 'scrape' | 'signInCodes'> {
  return {
    scrape: () => functions.scrape(),
    signInCodes: { issue: refuseToIssue, take: (code) => functions.takeSignInCode(code) }
  }
}

function refuseToIssue(): never {
  throw new Error('only the process that prints a code makes it')
}

/** The metrics of this process, for the primary process, which adds them up. */
export function seriesOf({ services }: Sluice) {
  return services.metrics.registry.getMetricsAsJSON()
}
