const FIELDS = [
  { name: 'minute', min: 0, max: 59 },
  { name: 'hour', min: 0, max: 23 },
  { name: 'day of month', min: 1, max: 31 },
  {
    name: 'month',
    min: 1,
    max: 12,
    words: ['jan', 'feb', 'mar', 'apr', 'may', 'jun', 'jul', 'aug', 'sep', 'oct', 'nov', 'dec']
  },
  { name: 'day of week', min: 0, max: 7, words: ['sun', 'mon', 'tue', 'wed', 'thu', 'fri', 'sat'] }
] as const

type Field = (typeof FIELDS)[number]

/** A list of every value of every field, with names and ranges, is shorter. */
const CRON_MAX_CHARS = 500

/**
 * The fault of a cron expression of five fields (POSIX crontab, with steps and English names); undefined if it has
 * none.
 */
export function cronFault(text: string): string | undefined {
  if (text.length > CRON_MAX_CHARS) return `A cron expression has at most ${CRON_MAX_CHARS} characters.`
  const parts = text.trim().split(/\s+/)
  if (parts.length !== FIELDS.length)
    return (
      `A cron expression has five fields (${FIELDS.map((field) => field.name).join(', ')}); ` +
      `this has ${text.trim() === '' ? 0 : parts.length}.`
    )
  for (const [index, field] of FIELDS.entries()) {
    const part = parts[index] as string
    if (!part.split(',').every((item) => isItem(item, field)))
      return `"${part}" is not a valid ${field.name}: from ${field.min} to ${field.max}, with * , - and / only.`
  }
  const [, , days = '', months = '', weekdays = ''] = parts
  // With both, a day of either kind is due.
  if (weekdays === '*' && !hasDay(days, months))
    return `No month of "${months}" has a day "${days}": the schedule would never run.`
  return undefined
}

/**
 * Rewrites a valid expression so that each value occurs once: POSIX lets the items of a list overlap, but `cron-parser`
 * does not.
 */
export function withoutRepeats(text: string): string {
  return text
    .trim()
    .split(/\s+/)
    .map((part, index) => {
      const field = FIELDS[index]
      if (field === undefined || !/[,-]/.test(part)) return part
      if (part.split(',').includes('*')) return '*'
      // Of the days of the week, 7 is another name of 0.
      const values = valuesOf(part, field).map((value) => (field.max === 7 ? value % 7 : value))
      return [...new Set(values)].sort((a, b) => a - b).join(',')
    })
    .join(' ')
}

/** Days of the months from January, in a leap year. */
const DAYS_OF_MONTHS = [31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31]

function hasDay(days: string, months: string): boolean {
  const [, , day, month] = FIELDS
  const first = Math.min(...valuesOf(days, day))
  return valuesOf(months, month).some((value) => first <= (DAYS_OF_MONTHS[value - 1] ?? 0))
}

/** The values of a valid field. */
function valuesOf(part: string, field: Field): number[] {
  return part.split(',').flatMap((item) => {
    const [range = '', step = '1'] = item.split('/')
    const [from = field.min, to] =
      range === '*' ? [field.min, field.max] : range.split('-').map((v) => numberOf(v, field))
    const last = to ?? (item.includes('/') ? field.max : from)
    return Array.from(
      { length: Math.floor((last - from) / Number(step)) + 1 },
      (_, index) => from + index * Number(step)
    )
  })
}

function isItem(item: string, field: Field): boolean {
  const [range, step, ...more] = item.split('/')
  if (range === undefined || more.length > 0) return false
  if (step !== undefined && !(/^\d{1,3}$/.test(step) && Number(step) > 0 && Number(step) <= field.max)) return false
  if (range === '*') return true
  const [from, to, ...rest] = range.split('-').map((value) => numberOf(value, field))
  if (from === undefined || Number.isNaN(from) || rest.length > 0) return false
  return to === undefined ? range.indexOf('-') === -1 : !Number.isNaN(to) && from <= to
}

function numberOf(value: string, field: Field): number {
  const word = 'words' in field ? (field.words as readonly string[]).indexOf(value.toLowerCase()) : -1
  const number = word === -1 ? (/^\d{1,2}$/.test(value) ? Number(value) : Number.NaN) : word + field.min
  return number >= field.min && number <= field.max ? number : Number.NaN
}
