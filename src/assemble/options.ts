import type { Pool } from 'pg'
import type { SignInCodes } from '../accounts/sign-in-once.ts'
import type { PaceClock } from '../flows/author-limits.ts'
import type { Clock } from '../lib/clock.ts'
import type { Keyring } from '../lib/keyring.ts'
import type { Secret } from '../lib/secret.ts'
import type { Database } from '../platform/db/client.ts'
import type { Notifications } from '../platform/db/notify.ts'
import type { CachePolicy } from '../platform/db/record-cache.ts'
import type { Log } from '../platform/log/log.ts'
import type { RestatePlace } from '../runs/restate/engine.ts'
import type { Tracing } from '../platform/tracing/tracing.ts'

/** What a gateway is assembled from. Stays the caller's: assembling closes none of it. */
export interface AssembleOptions {
  database: Database
  /** A replica of it, which lists are read from. Undefined: there is none. */
  readDatabase?: Database | undefined
  /** A direct connection to it, for sessions that hold a lock. */
  databaseUrl: string
  /** Where the locks of periodic jobs are held. Default: the connections of `database`, which must be direct then. */
  lockPool?: Pool | undefined
  /** The server that counts strict limits. Undefined: there is none. */
  redisUrl?: Secret | undefined
  /** Where Restate is. Undefined: durable runs are in the database. */
  restate?: RestatePlace | undefined
  notifications: Notifications
  keyring: Keyring
  clock: Clock
  log: Log
  /** Without a trailing slash. */
  publicUrl: string
  host: string
  signup: 'open' | 'closed'
  /** Where passwords of breaches are asked for by the first characters of their digest. Undefined: nowhere. */
  passwordBreachUrl?: string | undefined
  /** The mail server, and who mails are from. Undefined: mail is not set up. */
  smtp?: { url: Secret; from: string } | undefined
  egressAllow: readonly string[]
  trustProxy: readonly string[]
  cachePolicy: CachePolicy
  /** Bytes of the body of a listener's call, after decompression. Default: 10 MiB. */
  requestBodyMax?: number
  /** The longest call of a flow to an upstream. Default: 300 s. */
  upstreamTimeoutMs?: number
  /** How long streams of listeners may go on once the server closes. Default: 20 s. */
  streamGraceMs?: number
  /** By what time the work on documents of each account is paced. Default: that of the process. */
  paceClock?: PaceClock | undefined
  version: string
  /**
   * `gateway` answers calls and only queues durable runs. `worker` runs them, and answers nothing but health, readiness
   * and metrics. `all` does both.
   */
  role: 'gateway' | 'worker' | 'all'
  /** Records traces. Default: nobody does. */
  tracing?: Tracing | undefined
  /** The codes that sign in once. Default: those that this process makes. */
  signInCodes?: SignInCodes
  /** What `/metrics` asks for. Default: an admin, unless only this machine can call. */
  metricsToken?: Secret | undefined
  /** Reads the metrics of all processes. Default: those of this process. */
  scrape?: () => Promise<string>
}
