import { useStored } from '../lib/stored.ts'
import { absoluteTime, localTime, relativeTime, utcTime } from '../lib/time.ts'
import { useTick } from '../lib/use-tick.ts'

/** Times younger than this are updated every second, because they show seconds. */
const RECENT_MS = 120_000

/**
 * "4 minutes ago", with the exact time in the title. `log` swaps the two, for tables of logs, in the chosen time zone.
 */
export function Time({ at, log = false }: { at: string; log?: boolean }) {
  const recent = Math.abs(Date.now() - new Date(at).getTime()) < RECENT_MS
  useTick(recent ? 1 : 60)
  const logTime = useStored('times') === 'utc' ? utcTime : localTime
  const relative = relativeTime(at)
  return (
    <time
      className="whitespace-nowrap"
      dateTime={at}
      title={log ? `${relative} · ${absoluteTime(at)}` : absoluteTime(at)}
    >
      {log ? logTime(at) : relative}
    </time>
  )
}
