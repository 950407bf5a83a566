import type { Pool } from 'pg'
import type { Config } from '../config.ts'
import { systemClock } from '../lib/clock.ts'
import { closeWith } from '../lib/closing.ts'
import { type Database, openDatabase } from '../platform/db/client.ts'
import { createNotifications, type Notifications } from '../platform/db/notify.ts'
import type { Log } from '../platform/log/log.ts'
import type { SharedSetup } from './shared-setup.ts'

/** The direct connections, past a pooler, for the locks of periodic jobs. */
const LOCK_CONNECTIONS = 2

export interface Connections {
  database: Database
  /** Undefined without a replica. */
  readDatabase: Database | undefined
  /** Undefined without a pooler, because the connections of `database` can then hold locks. */
  lockPool: Pool | undefined
  notifications: Notifications
}

/** Connects to the database, and waits until notifications arrive. */
export async function openConnections(
  config: Config,
  { databaseUrl, directUrl }: SharedSetup,
  log: Log,
  stack: AsyncDisposableStack
): Promise<Connections> {
  const pooled = isPooled(config)
  const poolSize = config.databasePool
  const database = openDatabase({ url: databaseUrl, log, poolSize, pooled })
  closeWith(stack, 'the connections to the database', database)
  const readUrl = config.databaseReadUrl?.reveal()
  const readDatabase = readUrl === undefined ? undefined : openDatabase({ url: readUrl, log, poolSize, pooled })
  if (readDatabase) closeWith(stack, 'the connections to the replica', readDatabase)
  const notifications = createNotifications({ url: directUrl, log, clock: systemClock })
  closeWith(stack, 'the listener for notifications', notifications)
  await notifications.ready()
  // A pooler would lose the locks of a session.
  const locks = pooled ? openDatabase({ url: directUrl, log, poolSize: LOCK_CONNECTIONS }) : undefined
  if (locks) closeWith(stack, 'the sessions that hold locks', locks)
  return { database, readDatabase, lockPool: locks?.pool, notifications }
}

/** Whether `databaseUrl` leads to a pooler. */
export function isPooled({ databaseDirectUrl }: Config): boolean {
  return databaseDirectUrl !== undefined
}
