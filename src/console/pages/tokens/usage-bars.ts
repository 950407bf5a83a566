import type { TokenUsage } from '../../api/types.ts'
import type { Bar } from '../../ui/Bars.tsx'

const DAY_MS = 86_400_000

/** A bar for each UTC day, oldest first, days without calls included. */
export function barsOf(usage: TokenUsage, days: number, now: number = Date.now()): Bar[] {
  const byDay = new Map(usage.days.map((day) => [day.day, day]))
  return Array.from({ length: days }, (_, index) => {
    const label = new Date(now - (days - 1 - index) * DAY_MS).toISOString().slice(0, 10)
    const day = byDay.get(label)
    return { label, total: day?.calls ?? 0, refused: (day?.calls ?? 0) - (day?.outcomes['answered'] ?? 0) }
  })
}
