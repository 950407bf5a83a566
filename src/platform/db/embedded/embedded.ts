import { existsSync, readFileSync } from 'node:fs'
import path from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import pg from 'pg'
import type { Logger } from '../../log/log.ts'
import { EmbeddedError } from './error.ts'
import { type ClusterFolder, prepareFolder } from './folder.ts'
import { type Binaries, findBinaries, initialise, SUPERUSER } from './init.ts'
import { keepRunning } from './keep-running.ts'
import { lockFolder } from './lock.ts'
import { stopOrphan } from './orphan.ts'
import { serverAccount, type ServerAccount } from './server-account.ts'
import { choosePort, type RunningServer, runServer } from './server.ts'

export { EmbeddedError } from './error.ts'

/** The major version of PostgreSQL in the package. It cannot read the data of another one. */
const MAJOR = '18'
const DATABASE = 'sluice'
/** Where a process that runs as root stores what the server's user could not reach in the data folder. */
export const SYSTEM_FOLDER = '/var/lib/sluice'

/**
 * Temporary reasons for a failed start: another program took the port in the meantime, the last processes of a killed
 * server have not ended yet, or a server whose parent was killed right after starting it has only now written its pid
 * file.
 */
const TRANSIENT = new RegExp(
  [
    'could not bind',
    'could not create any TCP/IP sockets',
    'shared memory block .* is still in use',
    'lock file "postmaster\\.pid" already exists'
  ].join('|')
)
const START_ATTEMPTS = 10
const RETRY_MS = 500

/** Only this machine can connect, and only with the password. Statements and their values are not logged. */
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
  /** The folder of this installation. The database is in `postgres` inside it. */
  dataDir: string
  log: Logger
  /** `false` only for data that may be lost, as in tests: nothing waits for the disk. */
  durable?: boolean
  /** Further settings of the server. */
  settings?: Readonly<Record<string, string>>
  systemFolder?: string
}

export interface EmbeddedDatabase {
  /** Contains the password, so it must not be logged. */
  url: string
  /** Ends the sessions, writes everything to disk, waits until the server is gone and releases the folder. */
  stop(): Promise<void>
}

/**
 * Starts a PostgreSQL server from an npm package. The first start makes its data folder, later ones use it again.
 *
 * Only one process uses a folder at a time: it holds the folder's lock from before the first look at the data until
 * its server is gone. A server that a killed process left behind is stopped first. A server that ends by itself is
 * started again, at the same URL.
 *
 * @throws EmbeddedError if the folder cannot be used or is in use, or if the server does not start.
 *
 * @example
 * const database = await startEmbedded({ dataDir: '.sluice', log })
 * // … connect to database.url …
 * await database.stop()
 */
export async function startEmbedded(options: EmbeddedOptions): Promise<EmbeddedDatabase> {
  const { dataDir, log, durable = true, settings = {}, systemFolder = SYSTEM_FOLDER } = options
  const account = serverAccount(path.join(dataDir, 'postgres', 'data'))
  const folder = prepareFolder(dataDir, account, systemFolder)

  await using stack = new AsyncDisposableStack()
  stack.adopt(lockFolder(folder), (lock) => lock.release())
  const binaries = await findBinaries(account, systemFolder)
  if (existsSync(folder.data)) {
    refuseOtherVersion(folder)
  } else {
    log.info({ folder: folder.path }, 'creating the embedded database')
    await initialise({ initdb: binaries.initdb, folder, account, durable })
  }
  const password = readPassword(folder)
  const all = { ...SETTINGS, ...(durable ? {} : NOT_DURABLE), ...settings }
  const launch = { binaries, folder, account, settings: all, log }
  const { server, port } = await start(launch, () => choosePort(folder.port))
  const again = async (signal: AbortSignal): Promise<RunningServer> =>
    // The clients know this port, so the server must get it again.
    (await start({ ...launch, signal }, async () => port)).server
  const kept = keepRunning(server, again, log)
  stack.defer(() => kept.stop())

  const url = serverUrl(port, password)
  await createDatabase(new URL(url))
  const opened = stack.move()
  let stopping: Promise<void> | undefined
  return { url, stop: () => (stopping ??= opened.disposeAsync()) }
}

/** The URL of an embedded server, for its superuser. */
export function serverUrl(port: number, password: string): string {
  const url = new URL(`postgresql://${SUPERUSER}@127.0.0.1:${port}/${DATABASE}`)
  url.password = password
  return url.href
}

function refuseOtherVersion(folder: ClusterFolder): void {
  const version = readIfPresent(path.join(folder.data, 'PG_VERSION'))
  if (version !== MAJOR) {
    const found = version || '(unknown version)'
    throw new EmbeddedError(
      `The database in ${folder.path} was made by PostgreSQL ${found}, and this is PostgreSQL ${MAJOR}. ` +
        'Move its data with pg_dump, or set DATA_DIR to another folder.'
    )
  }
}

interface Launch {
  binaries: Binaries
  folder: ClusterFolder
  account: ServerAccount | undefined
  settings: Readonly<Record<string, string>>
  log: Logger
  signal?: AbortSignal | undefined
}

async function start(
  { binaries, folder, account, settings, log, signal }: Launch,
  choose: () => Promise<number>
): Promise<{ server: RunningServer; port: number }> {
  for (let attempt = 1; ; attempt++) {
    await stopOrphan(folder.data, log)
    const port = await choose()
    const outcome = await runServer({
      postgres: binaries.postgres,
      data: folder.data,
      cwd: folder.path,
      port,
      account,
      settings,
      log,
      signal
    })
    if (outcome.started) return { server: outcome.server, port }
    const transient = TRANSIENT.test(outcome.output)
    if (!transient || attempt === START_ATTEMPTS || signal?.aborted) {
      throw new EmbeddedError(`The database server in ${folder.path} did not start. It reported:\n${outcome.output}`)
    }
    await pause(RETRY_MS)
  }
}

function readPassword(folder: ClusterFolder): string {
  const password = readIfPresent(folder.password)
  if (!password) {
    throw new EmbeddedError(
      `The password of the database is not in ${folder.password}. ` +
        'Bring the file back, or set DATA_DIR to another folder.'
    )
  }
  return password
}

function readIfPresent(file: string): string {
  return existsSync(file) ? readFileSync(file, 'utf8').trim() : ''
}

async function createDatabase(url: URL): Promise<void> {
  const admin = new URL(url)
  admin.pathname = '/postgres'
  const client = new pg.Client({ connectionString: admin.href })
  client.on('error', () => {})
  await client.connect()
  try {
    const { rowCount } = await client.query('select from pg_database where datname = $1', [DATABASE])
    if (rowCount === 0) await client.query(`create database ${DATABASE}`)
  } finally {
    await client.end()
  }
}
