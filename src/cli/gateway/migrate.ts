import { readConfig } from '../../config.ts'
import { startEmbedded } from '../../platform/db/embedded/embedded.ts'
import { forgetFailedMigration, migrate } from '../../platform/db/migrate.ts'
import { AUDIT_ROLE, separateRolesOf } from '../../platform/db/separate-roles.ts'
import { createLog } from '../../platform/log/log.ts'

export interface MigrateOptions {
  /** A failed migration that is to run again. */
  retry?: string | undefined
  /** The role with which gateways connect. It gets no right to change the audit log. */
  appRole?: string | undefined
}

/** Brings the database up to date. @returns sentences that say what was done */
export async function migrateDatabase(
  env: Readonly<Record<string, string | undefined>>,
  { retry, appRole }: MigrateOptions
): Promise<string[]> {
  const config = readConfig(env)
  const embedded = config.databaseUrl
    ? undefined
    : await startEmbedded({ dataDir: config.dataDir, log: createLog({ level: config.logLevel }) })
  const url = (config.databaseDirectUrl ?? config.databaseUrl)?.reveal() ?? embedded!.url
  try {
    if (retry !== undefined) await forgetFailedMigration({ url }, retry)
    const applied = await migrate({ url })
    const done = [applied.length > 0 ? `Applied ${applied.join(', ')}.` : 'The database is up to date.']
    if (appRole === undefined) return done
    await separateRolesOf(url, appRole)
    return [...done, `The audit log belongs to ${AUDIT_ROLE}; ${appRole} can read it and add to it.`]
  } finally {
    await embedded?.stop()
  }
}
