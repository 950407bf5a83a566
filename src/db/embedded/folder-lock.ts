import { DatabaseSync } from 'node:sqlite'

/** A lock on a file. `release()` gives it back; the end of the process does too, however it ends. */
export interface FileLock {
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
    database.exec('begin exclusive')
  } catch (error) {
    database.close()
    if ((error as { errcode?: unknown }).errcode === SQLITE_BUSY) return undefined
    throw error
  }
  return { release: () => database.close() }
}
