import { BootstrapError } from '../accounts/bootstrap-admin.ts'
import { ConfigError } from '../config.ts'
import { EmbeddedError } from '../platform/db/embedded/embedded.ts'
import { MigrationError } from '../platform/db/migrate.ts'
import { ChildrenError } from '../platform/processes/children.ts'

/** One sentence for errors that an operator can fix. Anything else is a bug and keeps its stack. */
export function describeStartError(error: unknown): string {
  const known =
    error instanceof ConfigError ||
    error instanceof MigrationError ||
    error instanceof EmbeddedError ||
    error instanceof BootstrapError ||
    error instanceof ChildrenError ||
    (error as NodeJS.ErrnoException).code === 'EADDRINUSE'
  if (known) return (error as Error).message
  // Other properties are left out: those of an invalid URL contain the URL with its password.
  const { stack, cause } = error as Error
  return `${stack ?? String(error)}${cause === undefined ? '' : `\nCaused by: ${describeStartError(cause)}`}`
}
