import { customAlphabet } from 'nanoid'
import { DAY_MS } from './clock.ts'
import { BASE62, REMOVAL_MARK } from './ids.ts'

// Ids that contain the day on which their record is removed, and therefore identify its partition. Digits sort before
// letters in every collation.

/**
 * The id contains a time after the day, so that records of the same time are adjacent in the index, which is faster to
 * write.
 */
const TIME_CHARS = 5
const UNITS_OF_DAY = 36 ** TIME_CHARS
const TIME_UNIT_MS = DAY_MS / UNITS_OF_DAY
const RANDOM_CHARS = 8
const random = customAlphabet(BASE62, RANDOM_CHARS)

/**
 * Creates a function that makes ids for records of a time.
 * @param removalDay says on which day a record is removed, in days since 1970-01-01
 */
export function createRemovalIds(
  prefix: 'run' | 'req',
  removalDay: (at: number, retentionDays: number) => number
): (at: number, retentionDays: number) => string {
  let last = { unit: NaN, days: NaN, text: '' }
  return (at, retentionDays) => {
    const unit = Math.floor(at / TIME_UNIT_MS)
    if (unit !== last.unit || retentionDays !== last.days) {
      const time = (unit % UNITS_OF_DAY).toString(36).padStart(TIME_CHARS, '0')
      last = { unit, days: retentionDays, text: `${prefix}_${REMOVAL_MARK}${removalDay(at, retentionDays)}${time}` }
    }
    return last.text + random()
  }
}

/** The first of the ids that do not contain a day of removal; these sort after all that do. */
export function firstOtherId(prefix: 'run' | 'req'): string {
  return `${prefix}_${'1'.padStart(REMOVAL_MARK.length, '0')}`
}

/** The range of ids of the records that are removed on a day: `from` inclusive, `to` exclusive. */
export function idsRemovedOn(prefix: 'run' | 'req', day: number): { from: string; to: string } {
  return { from: `${prefix}_${REMOVAL_MARK}${day}`, to: `${prefix}_${REMOVAL_MARK}${day + 1}` }
}
