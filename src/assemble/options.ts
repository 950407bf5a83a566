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

/** What a gateway is assembled from. The caller keeps it: `assemble` closes none of it. */
export interface AssembleOptions {
  database: Database
  /** A replica of `database`, from which lists are read. Undefined: there is none. */
  readDatabase?: Database | undefined
  /** The URL of a direct connection to `database`, for sessions that hold a lock. */
  databaseUrl: string
  /** The connections for the locks of periodic jobs. Default: those of `database`, which must be direct then. */
  lockPool?: Pool | undefined
  /** The server that counts strict limits. Undefined: there is none. */
  redisUrl?: Secret | undefined
  /** The Restate cluster. Undefined: durable runs are in the database. */
  restate?: RestatePlace | undefined
  notifications: Notifications
  keyring: Keyring
  clock: Clock
  log: Log
  /** Without a trailing slash. */
  publicUrl: string
  host: string
  signup: 'open' | 'closed'
  /**
   * The URL of a list of breached passwords, which is asked by the first characters of a digest. Undefined: none is
   * asked.
   */
  passwordBreachUrl?: string | undefined
  /** The mail server, and the sender of mails. Undefined: mail is not set up. */
  smtp?: { url: Secret; from: string } | undefined
  egressAllow: readonly string[]
  trustProxy: readonly string[]
  cachePolicy: CachePolicy
  /** The most bytes of the body of a listener's call, after decompression. Default: 10 MiB. */
  requestBodyMax?: number
  /** The longest call of a flow to an upstream. Default: 300 s. */
  upstreamTimeoutMs?: number
  /** How long streams of listeners may go on once the server closes. Default: 20 s. */
  streamGraceMs?: number
  /** The clock by which the work on documents of each account is paced. Default: real time. */
  paceClock?: PaceClock | undefined
  version: string
  /**
   * `gateway` answers calls and only queues durable runs. `worker` runs them, and answers nothing but health, readiness
   * and metrics. `all` does both.
   */
  role: 'gateway' | 'worker' | 'all'
  /** Records traces. Default: none are recorded. */
  tracing?: Tracing | undefined
  /** The codes that sign in once. Default: codes that this process makes. */
  signInCodes?: SignInCodes
  /** The token that `/metrics` requires. Default: an admin is required, unless only this machine can call. */
  metricsToken?: Secret | undefined
  /** Reads the metrics of all processes. Default: only those of this process. */
  scrape?: () => Promise<string>
}
