import { useList } from '../../api/use-api.ts'
import type { Denial, Token } from '../../api/types.ts'
import { Copy } from '../../ui/Copy.tsx'
import { Empty } from '../../ui/Empty.tsx'
import { Link } from '../../ui/Link.tsx'
import { Table, type Column } from '../../ui/Table.tsx'
import { Time } from '../../ui/Time.tsx'
import { refusalOf } from '../../words/reasons.ts'
import { useAllListeners } from './listeners.ts'

const EVERY_MS = 5_000

/** The refused calls of a token, with reasons that the caller was not told. */
export function Refused({ token }: { token: Token }) {
  const rows = useList<Denial>(`/v1/tokens/${token.id}/denials`, { every: EVERY_MS })
  const { listenerName } = useAllListeners()
  return (
    <Table
      label="Refused calls"
      rows={rows}
      columns={columnsFor(listenerName)}
      rowId={({ id }) => id}
      empty={<Empty>No refused calls. Each would be listed here with its reason, for 30 days.</Empty>}
    />
  )
}

function columnsFor(listenerName: (id: string | null) => string): Column<Denial>[] {
  return [
    { label: 'When', cell: ({ at }) => <Time at={at} log /> },
    { label: 'Why', cell: ({ reason }) => <Why reason={reason} /> },
    { label: 'Listener', cell: ({ listenerId }) => listenerName(listenerId) },
    { label: 'From', cell: ({ ip }) => <code>{ip}</code> },
    {
      label: 'Request id',
      cell: ({ requestId }) => (
        <span className="inline-flex items-center gap-1">
          <Link to={`/requests/${encodeURIComponent(requestId)}`}>
            <code>{requestId}</code>
          </Link>
          <Copy text={requestId} label="Copy request id" done="Request id copied" icon />
        </span>
      )
    }
  ]
}

function Why({ reason }: { reason: string }) {
  const { why, remedy } = refusalOf(reason)
  return (
    <>
      {why} {remedy && <span className="dim">{remedy}</span>}
      <div>
        <code className="dim">{reason}</code>
      </div>
    </>
  )
}
