import type { Command } from 'commander'
import { contextOf } from '../context.ts'
import { inOneSentence } from '../gateway/known-error.ts'
import { migrateDatabase, type MigrateOptions } from '../gateway/migrate.ts'
import { startGateway } from '../gateway/start.ts'
import type { Io } from '../io.ts'

/** Commands in the place of a gateway: they read its configuration, and need no session. */
export function gatewayCommands(program: Command, io: Io, setExitCode: (code: number) => void): void {
  program
    .command('start')
    .description('start the gateway, with a database in .data unless DATABASE_URL names one')
    .action(async () => setExitCode(await startGateway(io.env)))

  program
    .command('migrate')
    .description('bring the database up to date')
    .option('--retry <migration>', 'run a migration again that failed')
    .option('--app-role <role>', 'put the audit log out of the reach of the role under which gateways connect')
    .action(async (options: MigrateOptions, command: Command) => {
      const done = await inOneSentence(() => migrateDatabase(io.gatewayEnv(), options))
      contextOf(command, io).out.value({ done }, done.join('\n'))
    })
}
