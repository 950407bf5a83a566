import { bootstrapAdmin } from '../accounts/bootstrap-admin.ts'
import type { Config } from '../config.ts'
import type { banner } from '../demo/banner.ts'
import { seedDemo } from '../demo/seed.ts'
import type { DemoUpstream } from '../demo/upstream.ts'
import { isLoopbackHost } from '../lib/ip-address.ts'
import type { Log } from '../platform/log/log.ts'
import type { Sluice } from './assemble.ts'

/** Makes the first admin and the demo if they do not exist. Returns what the banner shows of them. */
export async function makeFirstAccount(
  config: Config,
  sluice: Sluice,
  { publicUrl, demo }: { publicUrl: string; demo: DemoUpstream | undefined },
  log: Log
): Promise<Omit<Parameters<typeof banner>[0], 'url'>> {
  const bootstrap = await bootstrapAdmin(sluice.services, {
    admin: config.admin,
    embedded: config.databaseUrl === undefined
  })
  if (!bootstrap?.generated) return {}
  // On loopback, the person at the terminal also sees the password. Elsewhere, others may read the log.
  const signInCode = isLoopbackHost(config.host) ? sluice.services.signInCodes.issue(bootstrap.accountId) : undefined
  const listenerId = demo && (await seed(sluice, bootstrap.accountId, demo, log))
  return {
    admin: { email: bootstrap.email, password: bootstrap.generated.reveal() },
    ...(signInCode ? { signInUrl: `${publicUrl}/console/welcome#${signInCode.reveal()}` } : {}),
    ...(listenerId ? { listenerId } : {})
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
