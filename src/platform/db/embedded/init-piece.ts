import { execFile } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { chown, mkdir, rename, rm, writeFile } from 'node:fs/promises'
import path from 'node:path'
import { promisify } from 'node:util'
import { EmbeddedError } from './error.ts'
import type { ClusterFolder } from './folder.ts'
import type { ServerAccount } from './server-account.ts'

/** The owner of everything in the embedded database. */
export const SUPERUSER = 'sluice'

const PASSWORD_BYTES = 32

export interface InitOptions {
  initdb: string
  folder: ClusterFolder
  account: ServerAccount | undefined
  /** Without, the files may still be in memory when this returns: for data that may be lost. */
  durable: boolean
}

/** Makes the data folder of a new, empty server with a random password. What an earlier attempt left half-made is thrown away. */
export async function initialise({ initdb, folder, account, durable }: InitOptions): Promise<void> {
  await rm(folder.partialData, { recursive: true, force: true })
  const password = randomBytes(PASSWORD_BYTES).toString('base64url')
  await writeFile(folder.password, password, { mode: 0o600 })

  // The server's user, if it is another one, may read neither our password file nor a pipe of ours: it gets a short-lived copy.
  await mkdir(folder.partialData, { mode: 0o700 })
  const passwordCopy = path.join(folder.path, 'password.initdb')
  await rm(passwordCopy, { force: true })
  await writeFile(passwordCopy, password, { mode: 0o600, flag: 'wx' })
  if (account) for (const file of [folder.partialData, passwordCopy]) await chown(file, account.uid, account.gid)

  try {
    await promisify(execFile)(
      initdb,
      [
        `--pgdata=${folder.partialData}`,
        `--username=${SUPERUSER}`,
        '--auth=scram-sha-256',
        `--pwfile=${passwordCopy}`,
        // The same order and the same rules on every machine, whatever its locales are.
        '--encoding=UTF8',
        '--locale=C',
        '--locale-provider=builtin',
        '--builtin-locale=C.UTF-8',
        ...(durable ? [] : ['--no-sync'])
      ],
      { cwd: folder.path, env: { LC_ALL: 'C', TZ: 'UTC' }, ...(account && { uid: account.uid, gid: account.gid }) }
    )
  } catch (error) {
    const { stderr = '', message } = error as Error & { stderr?: string }
    throw new EmbeddedError(`The database could not be made in ${folder.path}: ${stderr.trim() || message}`, {
      cause: error
    })
  } finally {
    await rm(passwordCopy, { force: true })
  }
  // Only a whole cluster ever has the final name.
  await rename(folder.partialData, folder.data)
}
