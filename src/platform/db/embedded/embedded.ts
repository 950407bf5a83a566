import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import pg from 'pg'
import type { Logger } from '../../log/log.ts'
import { EmbeddedError } from './error.ts'
import { type ClusterFolder, type FileLock, lockFile, prepareFolder } from './folder.ts'
import { type Binaries, findBinaries, initialise, SUPERUSER } from './init.ts'
import { stopOrphan } from './orphan.ts'
import { serverAccount, type ServerAccount } from './server-account.ts'
import { choosePort, type RunningServer, runServer } from './server.ts'

export { EmbeddedError } from './error.ts'

/** The version of PostgreSQL in the package: data of another one cannot be read. */
const MAJOR = '18'
const DATABASE = 'sluice'
/** Where a process of root keeps what its server's user cannot reach in the data folder. */
export const SYSTEM_FOLDER = '/var/lib/sluice'

const START_ATTEMPTS = 10
const RETRY_MS = 500

/** Only this machine connects, with the password; statements and their values stay out of the log. */
const SETTINGS = {
  listen_addresses: '127.0.0.1',
  unix_socket_directories: '',
  timezone: 'UTC',
  log_timezone: 'UTC',
  log_min_messages: 'log',
  log_min_error_statement: 'panic',
  log_error_verbosity: 'terse',
  log_checkpoints: 'off'
}
const NOT_DURABLE = { fsync: 'off', synchronous_commit: 'off', full_page_writes: 'off' }

export interface EmbeddedOptions {
  /** The folder of this installation; the database is in `postgres` inside it. */
  dataDir: string
  log: Logger
  /** `false` only for data that may be lost, as in tests: nothing waits for the disk. */
  durable?: boolean
  /** Further settings of the server. */
  settings?: Readonly<Record<string, string>>
  systemFolder?: string
}

export interface EmbeddedDatabase {
  /** With its password: for connecting, never for a log. */
  url: string
  /** Ends the sessions, writes everything out and waits until the server is gone. */
  stop(): Promise<void>
}

/**
 * A PostgreSQL server of our own, from an npm package: made at the first start, kept between starts. One process has it; a server that a killed
 * process left behind is stopped first.
 *
 * @throws EmbeddedError where the folder cannot be used or is in use, or the server does not start.
 */
export async function startEmbedded(options: EmbeddedOptions): Promise<EmbeddedDatabase> {
  const { dataDir, log, durable = true, settings = {}, systemFolder = SYSTEM_FOLDER } = options
  const account = serverAccount(path.join(dataDir, 'postgres', 'data'))
  const binaries = await findBinaries(account, systemFolder)
  const folder = prepareFolder(dataDir, account, systemFolder)
  const lock = takeFolder(folder)
  try {
    if (existsSync(folder.data)) {
      refuseOtherVersion(folder)
      await stopOrphan(folder.data, log)
    } else {
      log.info({ folder: folder.path }, 'making the embedded database')
      await initialise({ initdb: binaries.initdb, folder, account, durable })
    }
    const password = readPassword(folder)
    const { server, port } = await start(
      binaries,
      folder,
      account,
      { ...SETTINGS, ...(durable ? {} : NOT_DURABLE), ...settings },
      log
    )
    const url = new URL(`postgresql://${SUPERUSER}@127.0.0.1:${port}/${DATABASE}`)
    url.password = password
    try {
      await createDatabase(url)
    } catch (error) {
      await server.stop()
      throw error
    }
    return {
      url: url.href,
      async stop() {
        await server.stop()
        lock.release()
      }
    }
  } catch (error) {
    lock.release()
    throw error
  }
}

function takeFolder(folder: ClusterFolder): FileLock {
  const lock = lockFile(folder.lock)
  const owner = path.join(folder.path, 'owner')
  if (!lock) {
    const holder = readIfThere(owner) || 'just starting'
    throw new EmbeddedError(
      `Another process (${holder}) uses the database in ${folder.path}. Stop it, or give this one a DATA_DIR of its own.`
    )
  }
  writeFileSync(owner, `${process.pid}\n`)
  return lock
}

function refuseOtherVersion(folder: ClusterFolder): void {
  const version = readIfThere(path.join(folder.data, 'PG_VERSION'))
  if (version !== MAJOR) {
    const found = version || '(unknown version)'
    throw new EmbeddedError(
      `The database in ${folder.path} is of PostgreSQL ${found}, and this is ${MAJOR}. ` +
        'Move its data with pg_dump, or set DATA_DIR to another folder.'
    )
  }
}

async function start(
  binaries: Binaries,
  folder: ClusterFolder,
  account: ServerAccount | undefined,
  settings: Record<string, string>,
  log: Logger
): Promise<{ server: RunningServer; port: number }> {
  for (let attempt = 1; ; attempt++) {
    const port = await choosePort(folder.port)
    const outcome = await runServer({
      postgres: binaries.postgres,
      data: folder.data,
      cwd: folder.path,
      port,
      account,
      settings,
      log
    })
    if (outcome.started) return { server: outcome.server, port }
    // The port was taken in the meantime, or the last processes of a killed server are still on their way out.
    const passing = /could not bind|could not create any TCP\/IP sockets|shared memory block .* is still in use/.test(
      outcome.output
    )
    if (!passing || attempt === START_ATTEMPTS) {
      throw new EmbeddedError(`The database server in ${folder.path} did not start. It said:\n${outcome.output}`)
    }
    await pause(RETRY_MS)
  }
}

function readPassword(folder: ClusterFolder): string {
  const password = readIfThere(folder.password)
  if (!password) {
    throw new EmbeddedError(
      `The password of the database is not in ${folder.password}. Bring the file back, or set DATA_DIR to another folder.`
    )
  }
  return password
}

function readIfThere(file: string): string {
  return existsSync(file) ? readFileSync(file, 'utf8').trim() : ''
}

async function createDatabase(url: URL): Promise<void> {
  const admin = new URL(url)
  admin.pathname = '/postgres'
  const client = new pg.Client({ connectionString: admin.href })
  await client.connect()
  try {
    const { rowCount } = await client.query('select from pg_database where datname = $1', [DATABASE])
    if (rowCount === 0) await client.query(`create database ${DATABASE}`)
  } finally {
    await client.end()
  }
}
