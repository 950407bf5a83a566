import { parseArgs } from 'node:util'
import { processEnvironment } from '../config.ts'
import { withCliErrors } from './gateway/cli-errors.ts'
import { migrateDatabase } from './gateway/migrate.ts'
import { CliError } from './io.ts'

// npm run db:migrate: brings the database up to date and ends, as `sluice migrate` does. For deployments that do this
// once before gateways start.

try {
  const {
    values: { retry, 'app-role': appRole }
  } = parseArgs({ options: { retry: { type: 'string' }, 'app-role': { type: 'string' } } })
  const done = await withCliErrors(() => migrateDatabase(processEnvironment(process.cwd()), { retry, appRole }))
  process.stdout.write(`${done.join('\n')}\n`)
} catch (error) {
  process.stderr.write(`${error instanceof CliError ? error.message : String((error as Error).stack ?? error)}\n`)
  process.exitCode = 1
}
