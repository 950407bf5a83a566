import { ConfigError } from '../../config.ts'
import { AgeError } from '../../lib/age/format.ts'
import { BackupError } from '../../platform/db/backup/frames.ts'
import { EmbeddedError } from '../../platform/db/embedded/embedded.ts'
import { MigrationError } from '../../platform/db/migrate.ts'
import { CliError } from '../io.ts'

const KNOWN = [ConfigError, EmbeddedError, MigrationError, AgeError, BackupError]

/**
 * Runs `work`, and turns errors that an operator can fix into one sentence.
 * @throws CliError for these, and any other error as it is
 */
export async function withCliErrors<T>(work: () => Promise<T>): Promise<T> {
  try {
    return await work()
  } catch (error) {
    if (KNOWN.some((kind) => error instanceof kind)) throw new CliError((error as Error).message, { cause: error })
    throw error
  }
}
