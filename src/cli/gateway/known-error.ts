import { ConfigError } from '../../config.ts'
import { EmbeddedError } from '../../platform/db/embedded/embedded.ts'
import { MigrationError } from '../../platform/db/migrate.ts'
import { CliError } from '../io.ts'

/** What an operator can mend, as a sentence. @throws CliError for that, and anything else as it is */
export async function inOneSentence<T>(work: () => Promise<T>): Promise<T> {
  try {
    return await work()
  } catch (error) {
    if (error instanceof ConfigError || error instanceof EmbeddedError || error instanceof MigrationError)
      throw new CliError(error.message, { cause: error })
    throw error
  }
}
