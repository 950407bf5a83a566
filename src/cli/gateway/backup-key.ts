import { CliError, type Io, readSecret } from '../io.ts'

/** With less, a stolen backup is opened by guessing. */
const KEY_LENGTH_MIN = 16

/** The key of backups. @throws CliError if it is too short */
export async function readBackupKey(io: Io, fromStdin: boolean | undefined): Promise<string> {
  const key = (await readSecret(io, { name: 'key of the backup', variable: 'SLUICE_BACKUP_KEY', fromStdin })).reveal()
  if (key.length < KEY_LENGTH_MIN)
    throw new CliError(`The key of a backup has at least ${KEY_LENGTH_MIN} characters: openssl rand -base64 32`)
  return key
}
