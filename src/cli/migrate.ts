import { parseArgs } from 'node:util'
import { ConfigError, processEnvironment, readConfig } from '../config.ts'
import { EmbeddedError, startEmbedded } from '../platform/db/embedded/embedded.ts'
import { forgetFailedMigration, migrate, MigrationError } from '../platform/db/migrate.ts'
import { AUDIT_ROLE, separateRolesOf } from '../platform/db/separate-roles.ts'
import { createLog } from '../platform/log/log.ts'

// npm run db:migrate: brings the database up to date and ends. For deployments that do this once before gateways start.
// With `-- --retry NAME` a migration that failed runs again. With `-- --app-role ROLE` the audit log is put out of the
// reach of ROLE, under which the gateways then connect; DATABASE_URL must be an administrator's for it.

try {
  await main()
} catch (error) {
  // One sentence for what an operator can mend. Anything else is a bug and keeps its stack.
  const known = error instanceof ConfigError || error instanceof EmbeddedError || error instanceof MigrationError
  process.stderr.write(`${known ? error.message : String((error as Error).stack ?? error)}\n`)
  process.exitCode = 1
}

async function main(): Promise<void> {
  const {
    values: { retry, 'app-role': appRole }
  } = parseArgs({ options: { retry: { type: 'string' }, 'app-role': { type: 'string' } } })
  const config = readConfig(processEnvironment(process.cwd()))
  const embedded = config.databaseUrl
    ? undefined
    : await startEmbedded({ dataDir: config.dataDir, log: createLog({ level: config.logLevel }) })
  const url = (config.databaseDirectUrl ?? config.databaseUrl)?.reveal() ?? embedded!.url
  try {
    if (retry !== undefined) await forgetFailedMigration({ url }, retry)
    const applied = await migrate({ url })
    process.stdout.write(applied.length > 0 ? `Applied ${applied.join(', ')}.\n` : 'The database is up to date.\n')
    if (appRole !== undefined) {
      await separateRolesOf(url, appRole)
      process.stdout.write(`The audit log belongs to ${AUDIT_ROLE}; ${appRole} can read it and add to it.\n`)
    }
  } finally {
    await embedded?.stop()
  }
}
