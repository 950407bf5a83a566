import { DAY_MS, MINUTE_MS } from '../../lib/clock.ts'
/** Runs that one process holds at once. More wait in the queue, for this process or another. */
export const CAPACITY = 64
/** Of these, one workspace takes at most this share, so that a newcomer always finds a place without waiting for another's long calls. */
export const WORKSPACE_SHARE = 0.75
/** Jobs asked for at once: small enough that one workspace's backlog cannot overshoot its share by much. */
export const FETCH_BATCH = 16
/** The queue is looked at this often although nothing was announced: announcements are a courtesy, not a promise. */
export const POLL_MS = 500
/** The dead are looked for, the due woken and the schedules read this often. */
export const RECOVERY_INTERVAL_MS = 500
/** A process that is frozen, so that its session still holds its lock, loses its runs after this (pg-boss takes no less than 10). */
export const HEARTBEAT_SECONDS = 10
export const TOUCH_MS = 3_000
/** How often processes may die with a run before it goes to the dead letters. */
export const MAX_HANDOVERS = 20
/** A sleep longer than this leaves the memory: the run is suspended. */
export const SUSPEND_MS = 2_000
/** A wait longer than this makes a run durable that began in its request. */
export const REQUEST_SUSPEND_MS = MINUTE_MS
/** A result larger than this (as JSON text) is kept apart from the journal's other rows. */
export const LARGE_RESULT_CHARACTERS = 32 * 1024
/** How long what happened is tried to be written while the database is away. Afterwards the run is let go, and resumed by whoever finds it. */
export const DATABASE_RETRY_MS = MINUTE_MS
/** A durable run may take this long, its waits included. */
export const RUN_TIME_MS = 366 * DAY_MS
/** A process that stops lets effects under way end for this long, so that the next holder need not repeat them. */
export const DRAIN_MS = 10_000
/** Steps that wait for the next write of the journal are written after this by themselves. */
export const STEP_FLUSH_MS = 200
/** Time for sessions to come back after a restart of the database, before a missing lock means a dead process. */
export const RESTART_GRACE_SECONDS = 5
/** A process that did not say for this long that it lives counts as frozen. */
export const UNSEEN_SECONDS = 12
/** Who has not confirmed its hold for this long asks before the next effect. Shorter than any time after which others may take its runs. */
export const LEASE_TRUST_MS = 7_000
