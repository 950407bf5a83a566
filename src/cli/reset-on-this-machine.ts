import { LINK_MS, type NewLink } from '../accounts/links/link.ts'
import { makeAccountLink } from '../accounts/links/make-account-link.ts'
import type { Recovery } from '../accounts/recover.ts'
import { createAudit } from '../audit.ts'
import { readConfig } from '../config.ts'
import { SYSTEM } from '../lib/actor.ts'
import { systemClock } from '../lib/clock.ts'
import { foldEmail } from '../lib/email.ts'
import { openDatabase } from '../platform/db/client.ts'
import { startEmbedded } from '../platform/db/embedded/embedded.ts'
import { createLog } from '../platform/log/log.ts'
import { withCliErrors } from './gateway/cli-errors.ts'
import { CliError } from './io.ts'

/**
 * Makes a link for another password in the database of the gateway on this machine. Whoever may run the gateway may do
 * this.
 * @throws CliError if the configuration has faults, the database is in use or has no such account
 */
export async function resetOnThisMachine(
  env: Readonly<Record<string, string | undefined>>,
  email: string,
  recovery: Recovery
): Promise<NewLink> {
  const log = createLog({ level: 'silent' })
  return withCliErrors(async () => {
    const config = readConfig(env)
    const embedded = config.databaseUrl ? undefined : await startEmbedded({ dataDir: config.dataDir, log })
    try {
      const database = openDatabase({ url: config.databaseUrl?.reveal() ?? embedded!.url, log })
      try {
        const deps = { clock: systemClock, publicUrl: config.publicUrl ?? `http://127.0.0.1:${config.port}` }
        return await database.prisma.$transaction(async (tx) => {
          const account = await tx.account.findUnique({
            where: { email: foldEmail(email) },
            select: { id: true, email: true }
          })
          if (!account) throw new CliError('No account has this e-mail.')
          await createAudit(systemClock).record(tx, {
            action: 'account.recovery_started',
            actor: SYSTEM,
            target: account.id,
            details: { by: 'command line' }
          })
          return makeAccountLink(tx, deps, {
            purpose: 'reset',
            account,
            ms: LINK_MS.resetByAdmin,
            seenBy: 'its maker',
            ...recovery
          })
        })
      } finally {
        await database.close()
      }
    } finally {
      await embedded?.stop()
    }
  })
}
