import { useEffect, useRef, useState } from 'react'
import type { Token } from '../../api/types.ts'
import { durationText } from '../../lib/time.ts'
import { usePageVisible } from '../../lib/use-page-visible.ts'
import { ErrorNote } from '../../ui/ErrorNote.tsx'
import { Link } from '../../ui/Link.tsx'
import { Live } from '../../ui/Live.tsx'
import { announce } from '../../ui/notify.tsx'
import { Section } from '../../ui/Section.tsx'
import { Table, type Column } from '../../ui/Table.tsx'
import { Tag } from '../../ui/Tag.tsx'
import { Time } from '../../ui/Time.tsx'
import { Empty } from '../../ui/Empty.tsx'
import { useAllListeners } from './listeners.ts'
import { listenerName } from './Refused.tsx'
import { useLiveCalls, type LiveCall } from './use-live-calls.ts'

/** A screen reader is told of calls no oftener than this. */
const ANNOUNCE_MS = 3_000

/** Calls with the token as they come in: the newest on top. */
export function LiveCalls({ token }: { token: Token }) {
  const { calls, error, loading } = useLiveCalls(token)
  const { listeners } = useAllListeners()
  const visible = usePageVisible()
  const fresh = useFresh(loading ? undefined : calls, (call) => {
    const took = call.ms === undefined ? '' : `, ${durationText(call.ms)}`
    announce(`${call.answer} from ${listenerName(listeners, call.listenerId)}${took}`)
  })
  return (
    <Section title="Calls as they arrive" beside={<Live listening={visible && !error} />}>
      {error !== null && error !== undefined && <ErrorNote error={error} />}
      <Table
        label="Calls"
        rows={{ data: loading ? undefined : calls, error: undefined, refetch: () => undefined }}
        columns={columnsFor((id) => listenerName(listeners, id))}
        rowId={({ id }) => id}
        isFresh={({ id }) => fresh.has(id)}
        empty={<Empty>No calls in the last hour. The next one appears here by itself.</Empty>}
      />
    </Section>
  )
}

function columnsFor(nameOf: (id: string | null) => string): Column<LiveCall>[] {
  return [
    { label: 'When', cell: ({ at }) => <Time at={at} /> },
    { label: 'Listener', cell: ({ listenerId }) => nameOf(listenerId) },
    {
      label: 'Answer',
      cell: ({ ok, answer }) => <Tag tone={ok === undefined ? 'plain' : ok ? 'ok' : 'bad'}>{answer}</Tag>
    },
    { label: 'Took', cell: ({ ms }) => (ms === undefined ? '–' : durationText(ms)) },
    {
      label: 'Run',
      quiet: true,
      cell: ({ runId }) => runId && <Link to={`/runs/${runId}`}>Open the run</Link>
    }
  ]
}

/** The calls that came after the first look. Tells of the newest one now and then. */
function useFresh(calls: readonly LiveCall[] | undefined, tell: (call: LiveCall) => void): ReadonlySet<string> {
  const [fresh, setFresh] = useState<ReadonlySet<string>>(new Set())
  const known = useRef<Set<string>>(undefined)
  const toldAt = useRef(0)
  useEffect(() => {
    if (!calls) return
    const first = !known.current
    const seen = (known.current ??= new Set())
    const added = calls.filter(({ id }) => !seen.has(id))
    for (const { id } of added) seen.add(id)
    if (first || !added[0]) return
    setFresh(new Set(added.map(({ id }) => id)))
    if (Date.now() - toldAt.current < ANNOUNCE_MS) return
    toldAt.current = Date.now()
    tell(added[0])
  }, [calls, tell])
  return fresh
}
