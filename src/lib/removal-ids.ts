import { customAlphabet } from 'nanoid'
import { DAY_MS } from './clock.ts'
import { BASE62, MARKED } from './ids.ts'

// Ids that say on which day their record is removed, and so which partition has it. Digits come before letters in every
// collation.

/** Records of one time are next to each other in the index of ids, which takes less time than a random place. */
const TIME_CHARS = 5
const UNITS_OF_DAY = 36 ** TIME_CHARS
const TIME_UNIT_MS = DAY_MS / UNITS_OF_DAY
const RANDOM_CHARS = 8
const random = customAlphabet(BASE62, RANDOM_CHARS)

/** Makes ids of records of a time, which are removed on the day, counted from 1970-01-01, that `removalDay` says. */
export function createRemovalIds(
  prefix: 'run' | 'req',
  removalDay: (at: number, retentionDays: number) => number
): (at: number, retentionDays: number) => string {
  let last = { unit: NaN, days: NaN, text: '' }
  return (at, retentionDays) => {
    const unit = Math.floor(at / TIME_UNIT_MS)
    if (unit !== last.unit || retentionDays !== last.days) {
      const time = (unit % UNITS_OF_DAY).toString(36).padStart(TIME_CHARS, '0')
      last = { unit, days: retentionDays, text: `${prefix}_${MARKED}${removalDay(at, retentionDays)}${time}` }
    }
    return last.text + random()
  }
}

/** From here on, ids of this kind say nothing of their removal. */
export function firstOtherId(prefix: 'run' | 'req'): string {
  return `${prefix}_${'1'.padStart(MARKED.length, '0')}`
}

/** The ids of what is removed on a day, from the first one up to one that is not among them. */
export function idsRemovedOn(prefix: 'run' | 'req', day: number): { from: string; to: string } {
  return { from: `${prefix}_${MARKED}${day}`, to: `${prefix}_${MARKED}${day + 1}` }
}
