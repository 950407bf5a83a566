import { DAY_MS, MINUTE_MS } from '../../lib/clock.ts'

/** How many runs one process holds at once. Further runs wait in the queue, for this process or another. */
export const CAPACITY = 64
/**
 * The share of the capacity that one workspace may take while it is alone, so that a second workspace finds room
 * without waiting for long calls of the first.
 */
export const WORKSPACE_SHARE = 0.75
/** How many jobs are fetched at once: few enough that the backlog of one workspace cannot exceed its share by much. */
export const FETCH_BATCH = 16
/** How often the queue is polled even without a notification, because one can be lost. */
export const POLL_MS = 500
/** How often dead processes are looked for, due runs woken and due schedules started. */
export const RECOVERY_INTERVAL_MS = 500
/**
 * The lease of a job. A frozen process whose session still holds its lock loses its runs after this time. The minimum
 * of pg-boss is 10.
 */
export const HEARTBEAT_SECONDS = 10
export const TOUCH_MS = 3_000
/** How often a run is handed over after its process died, before it becomes a dead letter. */
export const MAX_HANDOVERS = 20
/** A wait longer than this is not kept in memory: the run is suspended. */
export const SUSPEND_MS = 2_000
/** A run that started inside its request becomes durable for a wait longer than this. */
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
/** How long a stopping process waits for effects in progress, so that the next holder need not repeat them. */
export const DRAIN_MS = 10_000
/** Steps are written after this time, unless another write of the run takes them along. */
export const STEP_FLUSH_MS = 200
/** After a restart of the database, sessions have this time to return before a missing lock means a dead process. */
export const RESTART_GRACE_SECONDS = 5
/** A process whose `seen_at` is older than this counts as frozen. */
export const UNSEEN_SECONDS = 12
/**
 * A process whose lease was confirmed longer ago than this asks the database before its next effect. Shorter than every
 * time after which other processes may take its runs.
 */
export const LEASE_TRUST_MS = 7_000
