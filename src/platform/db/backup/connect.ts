import pg from 'pg'
import { tlsHint } from '../tls-hint.ts'
import { BackupError } from './frames.ts'

const CONNECT_TIMEOUT_MS = 10_000

/**
 * Opens a session without a statement timeout.
 * @throws BackupError whose message omits the user and the password of the URL
 */
export async function connect(url: string, name: string): Promise<pg.Client> {
  const client = new pg.Client({
    connectionString: url,
    application_name: name,
    connectionTimeoutMillis: CONNECT_TIMEOUT_MS
  })
  // A lost connection fails the query that is waiting for it; without a listener it would also end the process.
  client.on('error', () => {})
  try {
    await client.connect()
  } catch (error) {
    const { host, pathname } = new URL(url)
    const { message, code } = error as NodeJS.ErrnoException
    throw new BackupError(`The database ${host}${pathname} cannot be used: ${message || code}${tlsHint(error)}`, {
      cause: error
    })
  }
  await client.query('set statement_timeout = 0')
  await client.query('set idle_in_transaction_session_timeout = 0')
  return client
}
