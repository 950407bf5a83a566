import { DAY_MS, MINUTE_MS } from '../../lib/clock.ts'

/**
 * Raise this with every change of the order in which the interpreter asks for effects, or of what `services.ts` makes
 * of them: Restate returns results by position, and a run continues only under the revision that it began with.
 * `test/runs/restate/revision.test.ts` notices such a change.
 */
export const REVISION = 1

/** The names of the services in Restate. */
export const RUNS_SERVICE = 'SluiceRuns'
export const SLOTS_OBJECT = 'SluiceSlots'

/** A wait longer than this suspends the run: the steps so far are written into its record, and its slot is freed. */
export const SUSPEND_MS = 2_000
/** The largest result or input, in bytes of JSON: below the 32 MiB that Restate accepts in one message. */
export const MESSAGE_BYTES = 30 * 1024 * 1024
/** How long a run waits for the result of an effect that the process of its request is still performing. */
export const HANDED_OVER_MS = 10 * MINUTE_MS
/** A run whose waits are shorter than this in total needs no timer for the longest duration of a run. */
export const UNTIMED_MS = DAY_MS
/** How long a run of a disabled listener or a suspended workspace waits before it checks again. */
export const HELD_MS = 30_000
/**
 * A process whose event loop stood still for longer ends its attempts, which begin anew: other processes may have the
 * runs.
 */
export const FROZEN_MS = 5_000
/**
 * If Restate takes longer than this to store a result, the attempt ends and the run begins anew: the node may have
 * stood still, and other processes may have the run after one or two seconds. Each attempt continues after the results
 * of those before it, so a slow Restate makes runs slower, but stops none.
 */
export const KEPT_LATE_MS = 1_500
/**
 * A lost attempt is made again after this time, and later attempts after longer and longer times, up to the maximum.
 */
export const RETRY_MIN_MS = 100
export const RETRY_MAX_MS = 10_000
/** Restate ends an attempt that is busy for longer than this, so every effect must be shorter. */
export const ATTEMPT_MAX_MS = 30 * MINUTE_MS
/** How long Restate may take to answer. */
export const ANSWER_MS = 10_000
/** How long Restate remembers a run that has ended. The record of the run is kept longer. */
export const KNOWN_MS = DAY_MS
