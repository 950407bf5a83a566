import { readFileSync, rmSync, writeFileSync } from 'node:fs'
import { DatabaseSync } from 'node:sqlite'
import { EmbeddedInUse } from './error.ts'
import type { ClusterFolder } from './folder.ts'

/** An exclusive lock on a file. It ends with the process too, however the process ends. */
export interface FileLock {
  /** Does nothing the second time. */
  release(): void
}

/**
 * Takes the lock of the folder and writes this process's id into `owner`.
 *
 * @throws EmbeddedInUse that names the process which has the lock.
 */
export function lockFolder(folder: ClusterFolder): FileLock {
  const lock = lockFile(folder.lock)
  if (!lock) {
    throw new EmbeddedInUse(
      `Another process (${readOwner(folder.owner)}) uses the database in ${folder.path}. ` +
        'Stop it, or give this one a DATA_DIR of its own.'
    )
  }
  writeFileSync(folder.owner, `${process.pid}\n`)
  let released = false
  return {
    release() {
      if (released) return
      released = true
      try {
        // Before the lock: afterwards the file may be the next owner's.
        rmSync(folder.owner, { force: true })
      } finally {
        lock.release()
      }
    }
  }
}

const SQLITE_BUSY = 5
/** Connections that hold a lock. The garbage collector closes a connection that nothing refers to: its lock ends. */
const held = new Set<DatabaseSync>()
const UNKNOWN_OWNER = 'starting or stopping'

/**
 * Takes the lock on `file`. Returns undefined if another process, or another holder in this one, has it.
 *
 * The lock must not outlive a process that is killed, so it has to be one of the kernel's. Node offers no `flock`, but
 * its SQLite takes such locks. An immediate transaction takes the RESERVED lock in a single step. Only one connection
 * can have it, so exactly one of several processes that try at once succeeds. (An exclusive transaction takes that lock
 * first and then waits for readers, so two processes that try at once can make each other fail.)
 *
 * @see https://www.sqlite.org/lockingv3.html
 */
export function lockFile(file: string): FileLock | undefined {
  const database = new DatabaseSync(file)
  try {
    // The transaction writes nothing, and its journal is in memory, so that no second file is created.
    database.exec('pragma journal_mode = memory; begin immediate')
  } catch (error) {
    database.close()
    if ((error as { errcode?: unknown }).errcode === SQLITE_BUSY) return undefined
    throw error
  }
  held.add(database)
  return {
    release() {
      if (held.delete(database)) database.close()
    }
  }
}

/** The file is missing or empty for a moment while the lock is being taken or released. */
function readOwner(file: string): string {
  try {
    return readFileSync(file, 'utf8').trim() || UNKNOWN_OWNER
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return UNKNOWN_OWNER
    throw error
  }
}
