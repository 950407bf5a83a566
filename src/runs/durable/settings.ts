import { DAY_MS, MINUTE_MS } from '../../lib/clock.ts'

/** Runs that one process holds at once. Further runs wait in the queue, for this process or another. */
export const CAPACITY = 64
/**
 * The share of these that one workspace may take while it is alone: a second workspace finds room without waiting for
 * long calls of the first.
 */
export const WORKSPACE_SHARE = 0.75
/** Jobs fetched at once: few enough that the backlog of one workspace cannot exceed its share by much. */
export const FETCH_BATCH = 16
/** The queue is polled this often besides, because a notification can be lost. */
export const POLL_MS = 500
/** Dead processes are looked for, due runs woken and due schedules started this often. */
export const RECOVERY_INTERVAL_MS = 500
/**
 * The lease of a job. A frozen process, whose session still holds its lock, loses its runs after this. The minimum of
 * pg-boss is 10.
 */
export const HEARTBEAT_SECONDS = 10
export const TOUCH_MS = 3_000
/** Hand-overs of a run after processes died with it, before it becomes a dead letter. */
export const MAX_HANDOVERS = 20
/** A wait longer than this is not kept in memory: the run is suspended. */
export const SUSPEND_MS = 2_000
/** A wait longer than this makes a run durable that started inside its request. */
export const REQUEST_SUSPEND_MS = MINUTE_MS
/** A result larger than this, as JSON text, is stored apart from the journal's other rows. */
export const LARGE_RESULT_CHARACTERS = 32 * 1024
/**
 * How long a write is retried while the database is unavailable. Afterwards the run is released, and another process
 * resumes it.
 */
export const DATABASE_RETRY_MS = MINUTE_MS
/** The longest that a durable run may take, waits included. */
export const RUN_TIME_MS = 366 * DAY_MS
/** How long a stopping process lets running effects end, so that the next holder need not repeat them. */
export const DRAIN_MS = 10_000
/** Steps that no other write carries along are written after this. */
export const STEP_FLUSH_MS = 200
/** After a restart of the database, sessions have this long to return before a missing lock means a dead process. */
export const RESTART_GRACE_SECONDS = 5
/** A process whose `seen_at` is older than this counts as frozen. */
export const UNSEEN_SECONDS = 12
/**
 * A process whose lease was confirmed longer ago than this asks before its next effect. Shorter than any time after
 * which others may take its runs.
 */
export const LEASE_TRUST_MS = 7_000
