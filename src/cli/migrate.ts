import { parseArgs } from 'node:util'
import { ConfigError, processEnvironment, readConfig } from '../config.ts'
import { EmbeddedError, startEmbedded } from '../platform/db/embedded/embedded.ts'
import { forgetFailedMigration, migrate, MigrationError } from '../platform/db/migrate.ts'
import { createLog } from '../platform/log/log.ts'

// npm run db:migrate: brings the database up to date and ends. For deployments that do this once before gateways start.
// With `-- --retry NAME` a migration that failed runs again.

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
    values: { retry }
  } = parseArgs({ options: { retry: { type: 'string' } } })
  const config = readConfig(processEnvironment(process.cwd()))
  const embedded = config.databaseUrl
    ? undefined
    : await startEmbedded({ dataDir: config.dataDir, log: createLog({ level: config.logLevel }) })
  const url = config.databaseUrl?.reveal() ?? embedded!.url
  try {
    if (retry !== undefined) await forgetFailedMigration({ url }, retry)
    const applied = await migrate({ url })
    process.stdout.write(applied.length > 0 ? `Applied ${applied.join(', ')}.\n` : 'The database is up to date.\n')
  } finally {
    await embedded?.stop()
  }
}
