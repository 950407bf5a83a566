import { readFileSync } from 'node:fs'
import path from 'node:path'
import { type EmbeddedDatabase, type EmbeddedOptions, serverUrl, startEmbedded } from './embedded.ts'
import { EmbeddedError, EmbeddedInUse } from './error.ts'
import { layout } from './folder.ts'

/** The line of `postmaster.pid` with the port (PostgreSQL's `pidfile.h`). */
const PORT_LINE = 3

/**
 * Connects to the database of a gateway that runs on this folder, or starts the database if none does.
 * @returns the database. Its `stop` does not stop a server of another process
 * @throws EmbeddedError
 */
export async function reachEmbedded(options: EmbeddedOptions): Promise<EmbeddedDatabase> {
  try {
    return await startEmbedded(options)
  } catch (error) {
    if (!(error instanceof EmbeddedInUse)) throw error
    return { url: runningUrl(path.resolve(options.dataDir, 'postgres')), stop: async () => {} }
  }
}

function runningUrl(place: string): string {
  const folder = layout(place)
  try {
    const port = Number(readFileSync(path.join(folder.data, 'postmaster.pid'), 'utf8').split('\n')[PORT_LINE])
    return serverUrl(port, readFileSync(folder.password, 'utf8').trim())
  } catch (error) {
    throw new EmbeddedError(
      `The database in ${place} is starting or stopping, or belongs to another user. Try again as that user.`,
      { cause: error }
    )
  }
}
