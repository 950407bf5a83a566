import { randomUUID } from 'node:crypto'
import { chmodSync, existsSync, lstatSync, mkdirSync, realpathSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { EmbeddedError } from './error.ts'
import { canUse, type ServerAccount } from './server-account.ts'

/** The paths inside the folder of an embedded database. */
export interface ClusterFolder {
  /** The folder itself, without symbolic links. */
  path: string
  /** The server's data directory. Only the server writes to it. */
  data: string
  /** The prefix of the names of data directories that `initdb` is still filling, and of their password files. */
  partialData: string
  password: string
  port: string
  lock: string
  /** Holds the process id of the process that has the lock, for the message that another process prints. */
  owner: string
}

/** Accessible to the owner alone. */
const PRIVATE = 0o700
/** If the server runs as another user, that user must be able to reach its data. */
const PASSABLE = 0o711

/**
 * Makes the folder `postgres` in `dataDir` and checks that it can be used. If this process is root and the server's
 * account cannot reach `dataDir`, the folder is made in `systemFolder`, and `dataDir/postgres` becomes a link to it.
 *
 * Several processes may do this at once: all of them get the same folder.
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
    if (!exists(wanted)) make(wanted, account, systemFolder)
    const folder = realpathSync(wanted)
    if (!lstatSync(folder).isDirectory())
      throw new EmbeddedError(`${wanted} is not a folder. Move it away, or set DATA_DIR to another folder.`)
    // This also checks that the folder belongs to this user, because the password is stored in it.
    chmodSync(folder, account ? PASSABLE : PRIVATE)
    if (account && !canUse(account, folder, 'enter')) {
      throw new EmbeddedError(
        `PostgreSQL does not run as root, and ${account.name} cannot reach ${folder}. ` +
          'Let that user through (chmod o+x on each folder above it), or set DATA_DIR to another folder.'
      )
    }
    return layout(folder)
  } catch (error) {
    throw explained(error, wanted)
  }
}

/** The paths inside `folder`. Does not touch any file. */
export function layout(folder: string): ClusterFolder {
  const inside = (name: string): string => path.join(folder, name)
  return {
    path: folder,
    data: inside('data'),
    partialData: inside('data.partial-'),
    password: inside('password'),
    port: inside('port'),
    lock: inside('lock'),
    owner: inside('owner')
  }
}

/** Makes `wanted`, or leaves the one that another process made in the meantime. */
function make(wanted: string, account: ServerAccount | undefined, systemFolder: string): void {
  const parent = path.dirname(wanted)
  mkdirSync(parent, { recursive: true, mode: account ? PASSABLE : PRIVATE })
  if (!account || canUse(account, parent, 'enter')) {
    unlessMade(wanted, () => mkdirSync(wanted))
    return
  }
  const elsewhere = path.join(systemFolder, `data-${randomUUID()}`)
  mkdirSync(elsewhere, { recursive: true, mode: PASSABLE })
  // Tells somebody who cleans up the system folder whose data this is. The link is the only other trace.
  writeFileSync(path.join(elsewhere, 'belongs-to'), `${wanted}\n`)
  const linked = unlessMade(wanted, () => symlinkSync(elsewhere, wanted))
  if (!linked) rmSync(elsewhere, { recursive: true })
}

/** Runs `create`. Returns false if it fails because another process has made `file` meanwhile. */
function unlessMade(file: string, create: () => void): boolean {
  try {
    create()
    return true
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST' || !exists(file)) throw error
    return false
  }
}

function exists(file: string): boolean {
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
        `This user cannot write to the folder ${folder}. Grant access to it, or set DATA_DIR to another folder.`,
        { cause: error }
      )
    case 'ENOTDIR':
    case 'EEXIST':
      return new EmbeddedError(
        `The folder ${folder} cannot be made, because a file is in its place. ` +
          'Move it away, or set DATA_DIR to another folder.',
        { cause: error }
      )
    default:
      return error
  }
}
