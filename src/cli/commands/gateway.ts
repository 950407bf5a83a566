import type { Command } from 'commander'
import { contextOf } from '../context.ts'
import { backUp } from '../gateway/backup.ts'
import { readBackupKey } from '../gateway/backup-key.ts'
import { withCliErrors } from '../gateway/cli-errors.ts'
import { migrateDatabase, type MigrateOptions } from '../gateway/migrate.ts'
import { restore } from '../gateway/restore.ts'
import { startGateway } from '../gateway/start.ts'
import type { Io } from '../io.ts'
import { systemClock } from '../../lib/clock.ts'
import { ownVersion } from '../../lib/own-version.ts'

/** Commands on the machine of a gateway: they read its configuration, and need no session. */
export function gatewayCommands(program: Command, io: Io, setExitCode: (code: number) => void): void {
  program
    .command('start')
    .description('start the gateway, with a database in .data unless DATABASE_URL names one')
    .action(async () => setExitCode(await startGateway(io.env)))

  program
    .command('migrate')
    .description('bring the database up to date')
    .option('--retry <migration>', 'run a failed migration again')
    .option('--app-role <role>', 'the role with which gateways connect; it gets no right to change the audit log')
    .action(async (options: MigrateOptions, command: Command) => {
      const done = await withCliErrors(() => migrateDatabase(io.gatewayEnv(), options))
      contextOf(command, io).out.value({ done }, done.join('\n'))
    })

  program
    .command('backup')
    .description('write all data of the gateway into an encrypted file; the gateway can go on running')
    .argument('<file>')
    .option('--stdin', 'read the key from standard input; else from SLUICE_BACKUP_KEY or the terminal')
    .action(async (file: string, { stdin }: { stdin?: boolean }, command: Command) => {
      const key = await readBackupKey(io, stdin)
      const made = await withCliErrors(() =>
        backUp(io.gatewayEnv(), { file, key, version: ownVersion(), now: systemClock.now() })
      )
      const { out } = contextOf(command, io)
      out.value(made, `${made.rows} rows of ${made.tables} tables are in ${file}, ${made.bytes} bytes.`)
    })

  program
    .command('restore')
    .description('write a backup into an empty database')
    .argument('<file>')
    .option('--stdin', 'read the key from standard input; else from SLUICE_BACKUP_KEY or the terminal')
    .action(async (file: string, { stdin }: { stdin?: boolean }, command: Command) => {
      const key = await readBackupKey(io, stdin)
      const done = await withCliErrors(() => restore(io.gatewayEnv(), { file, key, now: systemClock.now() }))
      const { out } = contextOf(command, io)
      out.value(done, `${done.rows} rows of ${done.tables} tables are restored, as of ${done.at}.`)
      out.note('Credentials that were revoked after the backup work again: see "Revoke again" in docs/backup.md.')
    })
}
