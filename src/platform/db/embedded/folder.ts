import { randomUUID } from 'node:crypto'
import { chmodSync, existsSync, lstatSync, mkdirSync, realpathSync, symlinkSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { EmbeddedError } from './error.ts'
import { canUse, type ServerAccount } from './server-account.ts'

/** What is kept in the database's folder. */
export interface ClusterFolder {
  /** The folder itself, without symbolic links. */
  path: string
  /** The data of the server, written by it alone. */
  data: string
  /** The data while it is being made. */
  partialData: string
  password: string
  port: string
  lock: string
}

/** Owner only; where the server is another user, that one must get through to its data. */
const PRIVATE = 0o700
const PASSABLE = 0o711

/**
 * Makes the folder `postgres` in `dataDir` and checks that it can be used. Where this process is root and the server's account cannot get there, the
 * folder is made in `systemFolder` and `dataDir/postgres` becomes a link to it.
 *
 * @throws EmbeddedError that names the folder and the remedy.
 */
export function prepareFolder(
  dataDir: string,
  account: ServerAccount | undefined,
  systemFolder: string
): ClusterFolder {
  const wanted = path.resolve(dataDir, 'postgres')
  try {
    if (!isThere(wanted)) make(wanted, account, systemFolder)
    const folder = realpathSync(wanted)
    if (!lstatSync(folder).isDirectory())
      throw new EmbeddedError(`${wanted} is not a folder. Move it away, or set DATA_DIR to another folder.`)
    // Also a check that the folder is ours: the password will be kept in it.
    chmodSync(folder, account ? PASSABLE : PRIVATE)
    if (account && !canUse(account, folder, 'enter')) {
      throw new EmbeddedError(
        `PostgreSQL does not run as root, and ${account.name} cannot reach ${folder}. ` +
          'Open the way to it (chmod o+x on each folder above), or set DATA_DIR to another folder.'
      )
    }
    return layout(folder)
  } catch (error) {
    throw explained(error, wanted)
  }
}

export function layout(folder: string): ClusterFolder {
  const inside = (name: string): string => path.join(folder, name)
  return {
    path: folder,
    data: inside('data'),
    partialData: inside('data.partial'),
    password: inside('password'),
    port: inside('port'),
    lock: inside('lock')
  }
}

function make(wanted: string, account: ServerAccount | undefined, systemFolder: string): void {
  const parent = path.dirname(wanted)
  mkdirSync(parent, { recursive: true, mode: account ? PASSABLE : PRIVATE })
  if (!account || canUse(account, parent, 'enter')) {
    mkdirSync(wanted)
    return
  }
  const elsewhere = path.join(systemFolder, `data-${randomUUID()}`)
  mkdirSync(elsewhere, { recursive: true, mode: PASSABLE })
  // Whoever cleans up there later must see whose data it is: the link is the only other trace.
  writeFileSync(path.join(elsewhere, 'belongs-to'), `${wanted}\n`)
  symlinkSync(elsewhere, wanted)
}

function isThere(file: string): boolean {
  const entry = lstatSync(file, { throwIfNoEntry: false })
  if (entry?.isSymbolicLink() && !existsSync(file)) {
    throw new EmbeddedError(
      `${file} points to a folder that is gone. Bring it back, or remove the link to start with an empty database.`
    )
  }
  return entry !== undefined
}

function explained(error: unknown, folder: string): unknown {
  switch ((error as NodeJS.ErrnoException).code) {
    case 'EACCES':
    case 'EPERM':
    case 'EROFS':
      return new EmbeddedError(
        `The folder ${folder} cannot be written by this user. Give the rights to it, or set DATA_DIR to another folder.`,
        { cause: error }
      )
    case 'ENOTDIR':
    case 'EEXIST':
      return new EmbeddedError(
        `The folder ${folder} cannot be made, because a file is in its place. Move it away, or set DATA_DIR to another folder.`,
        { cause: error }
      )
    default:
      return error
  }
}

/** A lock on a file. The end of the process gives it back too, however it ends. */
export interface FileLock {
  /** Does nothing the second time. */
  release(): void
}

const SQLITE_BUSY = 5

/**
 * Takes the lock on `file`, or answers `undefined` where another process or another holder in this one has it.
 *
 * It must not outlive a process that is killed, so it has to be the kernel's: Node has no flock, but its SQLite locks the same way.
 */
export function lockFile(file: string): FileLock | undefined {
  const database = new DatabaseSync(file)
  try {
    // The journal in memory: nothing is written, so no second file has to lie beside the lock.
    database.exec('pragma journal_mode = memory; begin exclusive')
  } catch (error) {
    database.close()
    if ((error as { errcode?: unknown }).errcode === SQLITE_BUSY) return undefined
    throw error
  }
  return {
    release() {
      if (database.isOpen) database.close()
    }
  }
}
