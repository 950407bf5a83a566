import { DatabaseSync } from 'node:sqlite'

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
