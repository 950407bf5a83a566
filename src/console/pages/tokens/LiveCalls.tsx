import { useEffect, useRef, useState } from 'react'
import type { Token } from '../../api/types.ts'
import { durationText } from '../../lib/time.ts'
import { usePageVisible } from '../../lib/use-page-visible.ts'
import { Link } from '../../ui/Link.tsx'
import { Live } from '../../ui/Live.tsx'
import { announce } from '../../ui/notify.tsx'
import { Section } from '../../ui/Section.tsx'
import { Table, type Column } from '../../ui/Table.tsx'
import { Tag } from '../../ui/Tag.tsx'
import { Time } from '../../ui/Time.tsx'
import { Empty } from '../../ui/Empty.tsx'
import { refusalOf } from '../../words/reasons.ts'
import type { ListedRequest } from '../requests/use-requests.ts'
import { useAllListeners } from './listeners.ts'
import { useLiveCalls } from './use-live-calls.ts'

/** Milliseconds between two announcements of calls to screen readers. */
const ANNOUNCE_MS = 3_000

/** Calls with the token as they arrive, the newest on top. */
export function LiveCalls({ token }: { token: Token }) {
  const calls = useLiveCalls(token.id)
  const { listenerName } = useAllListeners()
  const visible = usePageVisible()
  const fresh = useFresh(calls.data, (call) => {
    const took = call.ms === null ? '' : `, ${durationText(call.ms)}`
    announce(`${answerOf(call)} from ${listenerName(call.listenerId)}${took}`)
  })
  return (
    <Section title="Calls as they arrive" beside={<Live listening={visible && !calls.error} />}>
      <Table
        label="Calls"
        rows={calls}
        columns={columnsFor((id) => listenerName(id))}
        rowId={idOf}
        isFresh={(call) => fresh.has(idOf(call))}
        empty={<Empty>No calls in the last hour. The next one appears here by itself.</Empty>}
      />
    </Section>
  )
}

function columnsFor(nameOf: (id: string | null) => string): Column<ListedRequest>[] {
  return [
    { label: 'When', cell: ({ at }) => <Time at={at} /> },
    { label: 'Listener', cell: ({ listenerId }) => nameOf(listenerId) },
    {
      label: 'Answer',
      cell: (call) => (
        <>
          <Tag tone={call.outcome === 'answered' ? 'ok' : 'bad'}>{answerOf(call)}</Tag>
          {call.outcome === 'refused' && call.reason && (
            <div className="dim small mt-0.5">{refusalOf(call.reason).why}</div>
          )}
        </>
      )
    },
    { label: 'Took', cell: ({ ms }) => (ms === null ? '–' : durationText(ms)) },
    {
      label: 'Details',
      quiet: true,
      cell: ({ outcome, runId, requestId }) =>
        outcome !== 'refused' && runId ? (
          <Link to={`/runs/${runId}`}>Open the run</Link>
        ) : (
          <Link to={`/requests/${encodeURIComponent(requestId)}`}>Why</Link>
        )
    }
  ]
}

/** The answer in a word: "200", "404 failed", "refused". */
function answerOf({ outcome, status }: ListedRequest): string {
  if (outcome === 'refused' || status === 0) return outcome
  return outcome === 'answered' ? String(status) : `${status} ${outcome}`
}

/** The key of a row. The time is part of it, because a caller can give several requests the same id. */
function idOf({ requestId, at }: ListedRequest): string {
  return `${requestId} ${at}`
}

/** The calls that arrived after the first read. Announces the newest one from time to time. */
function useFresh(
  calls: readonly ListedRequest[] | undefined,
  tell: (call: ListedRequest) => void
): ReadonlySet<string> {
  const [fresh, setFresh] = useState<ReadonlySet<string>>(new Set())
  const known = useRef<Set<string>>(undefined)
  const toldAt = useRef(0)
  useEffect(() => {
    if (!calls) return
    const first = !known.current
    const seen = (known.current ??= new Set())
    const added = calls.filter((call) => !seen.has(idOf(call)))
    for (const call of added) seen.add(idOf(call))
    if (first || !added[0]) return
    setFresh(new Set(added.map(idOf)))
    if (Date.now() - toldAt.current < ANNOUNCE_MS) return
    toldAt.current = Date.now()
    tell(added[0])
  }, [calls, tell])
  return fresh
}
