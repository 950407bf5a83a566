import { useMemo } from 'react'

const MINUTE_MS = 60_000
const HOUR_MS = 60 * MINUTE_MS
const DAY_MS = 24 * HOUR_MS

interface Range {
  value: string
  label: string
  /** In a sentence: "No runs in the last 24 hours." */
  words: string
  ms: number
}

/** The time ranges of lists. */
const RANGES: readonly Range[] = [
  { value: '15m', label: 'Last 15 minutes', words: 'the last 15 minutes', ms: 15 * MINUTE_MS },
  { value: '3h', label: 'Last 3 hours', words: 'the last 3 hours', ms: 3 * HOUR_MS },
  { value: '24h', label: 'Last 24 hours', words: 'the last 24 hours', ms: DAY_MS },
  { value: '7d', label: 'Last 7 days', words: 'the last 7 days', ms: 7 * DAY_MS },
  { value: '30d', label: 'Last 30 days', words: 'the last 30 days', ms: 30 * DAY_MS }
]

export const RANGE_OPTIONS = RANGES.map(({ value, label }) => ({ value, label }))
export const RANGE_DEFAULT = '24h'
export const RANGE_LONGEST = '30d'

/**
 * The range in the query of the page, with its start. The start stays the same while the page is open, because it is
 * part of the request.
 */
export function useRange(value: string = RANGE_DEFAULT): Range & { since: string } {
  return useMemo(() => {
    const range = RANGES.find((each) => each.value === value) ?? (RANGES[2] as Range)
    return { ...range, since: new Date(Date.now() - range.ms).toISOString() }
  }, [value])
}
