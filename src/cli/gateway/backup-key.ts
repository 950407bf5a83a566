import { CliError, type Io, readSecret } from '../io.ts'

/** A shorter key could be guessed by somebody who has a stolen backup. */
const KEY_LENGTH_MIN = 16

/** Reads the key of backups. @throws CliError if it is too short */
export async function readBackupKey(io: Io, fromStdin: boolean | undefined): Promise<string> {
  const key = (await readSecret(io, { name: 'key of the backup', variable: 'SLUICE_BACKUP_KEY', fromStdin })).reveal()
  if (key.length < KEY_LENGTH_MIN)
    throw new CliError(`The key of a backup has at least ${KEY_LENGTH_MIN} characters: openssl rand -base64 32`)
  return key
}
