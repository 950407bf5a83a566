import { DAY_MS, MINUTE_MS } from '../../lib/clock.ts'

/**
 * Counts the changes of the order in which the interpreter asks for effects, or of what `services.ts` makes of them.
 * Restate gives results back by position: a run goes on only under the revision that it began with. Raise it with every
 * such change; `test/runs/restate/revision.test.ts` notices one.
 */
export const REVISION = 1

/** The names that Restate knows the services by. */
export const RUNS_SERVICE = 'SluiceRuns'
export const SLOTS_OBJECT = 'SluiceSlots'

/** A wait longer than this writes the steps so far into the record of the run, and frees its slot. */
export const SUSPEND_MS = 2_000
/** Bytes of one result or input, as JSON: below the 32 MiB that Restate takes in one message. */
export const MESSAGE_BYTES = 30 * 1024 * 1024
/** How long a run waits for the result of an effect that the process of its request is still making. */
export const HANDED_OVER_MS = 10 * MINUTE_MS
/** A run that never waits longer than this in all needs no timer for its longest duration. */
export const UNTIMED_MS = DAY_MS
/** How long a run of a disabled listener or a suspended workspace waits until it looks again. */
export const HELD_MS = 30_000
/** A process whose event loop stood still for longer lets its runs begin anew: others may have them. */
export const FROZEN_MS = 5_000
/** A process whose event loop stood still for longer reads what came meanwhile before it begins an effect. */
export const PAUSED_MS = 500
/** How often that is looked at. */
export const TICK_MS = 200
/**
 * A result that Restate takes longer to keep lets its run begin anew: the node may have stood still, and others may
 * have the run after one or two seconds. Each attempt goes on behind the results of those before, so a Restate that is
 * slow makes runs slower and holds none up.
 */
export const KEPT_LATE_MS = 1_500
/** An attempt that Restate lost is made again after this, then less and less often. */
export const RETRY_MIN_MS = 100
export const RETRY_MAX_MS = 10_000
/** Restate ends an attempt that is busy for longer than this. No effect may take as long. */
export const ATTEMPT_MAX_MS = 30 * MINUTE_MS
/** How long Restate may take to answer. */
export const ANSWER_MS = 10_000
/** A run that ended is known to Restate for this long. The record of the run knows it for longer. */
export const KNOWN_MS = DAY_MS
