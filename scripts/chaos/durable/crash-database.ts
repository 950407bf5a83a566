import { readFile } from 'node:fs/promises'
import path from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import pg from 'pg'

export interface CrashingDatabase {
  url: string
  restart(): Promise<void>
}

/** Crashes the database `times` times, evenly over `seconds`, and starts it again each time. */
export async function crashDatabase(
  database: CrashingDatabase,
  { seconds, times, onRestart }: { seconds: number; times: number; onRestart(): void }
): Promise<void> {
  for (let time = 0; time < times; time++) {
    await sleep((seconds * 1000) / (times + 1))
    await crash(database.url)
    await database.restart()
    onRestart()
  }
}

/**
 * Stops the database like `pg_ctl stop -m immediate`: without a checkpoint, so the next start recovers from the log.
 */
async function crash(url: string): Promise<void> {
  const client = new pg.Client({ connectionString: url })
  // The connection ends with the server.
  client.on('error', () => {})
  await client.connect()
  const {
    rows: [{ folder } = { folder: '' }]
  } = await client.query<{ folder: string }>(`select setting as folder from pg_settings where name = 'data_directory'`)
  process.kill(Number((await readFile(path.join(folder, 'postmaster.pid'), 'utf8')).split('\n')[0]), 'SIGQUIT')
  await client.end().catch(() => {})
}
