import { durationText } from '../../lib/time.ts'
import { shortId } from '../../ui/Id.tsx'
import { Link } from '../../ui/Link.tsx'
import { Table, type Column, type TableProps } from '../../ui/Table.tsx'
import { Tag, type Tone } from '../../ui/Tag.tsx'
import { Time } from '../../ui/Time.tsx'
import { refusalOf } from '../../words/reasons.ts'
import { useAllListeners } from '../tokens/listeners.ts'
import type { ListedRequest, Outcome } from './use-requests.ts'

const TONES: Record<Outcome, Tone> = { answered: 'ok', refused: 'bad', failed: 'bad' }

/** Calls of listeners, newest first. `hide` names columns that the page does not need. */
export function RequestTable({
  hide = [],
  ...table
}: Pick<TableProps<ListedRequest>, 'rows' | 'empty' | 'onClearFilters'> & { hide?: readonly string[] }) {
  const { listenerName } = useAllListeners()
  const columns: Column<ListedRequest>[] = [
    {
      label: 'When',
      tight: true,
      cell: (request) => (
        <Link to={pageOf(request)}>
          <Time at={request.at} log />
        </Link>
      )
    },
    {
      label: 'Listener',
      cell: ({ listenerId }) =>
        listenerId === null ? (
          <span className="dim">none</span>
        ) : (
          <Link to={`/listeners/${listenerId}`}>{listenerName(listenerId)}</Link>
        )
    },
    { label: 'Credential', cell: (request) => <Credential {...request} /> },
    { label: 'Answer', cell: (request) => <AnswerTag request={request} /> },
    { label: 'Took', tight: true, cell: ({ ms }) => (ms === null ? '–' : durationText(ms)) },
    { label: 'Request id', tight: true, cell: ({ requestId }) => <code title={requestId}>{shortId(requestId)}</code> }
  ]
  return (
    <Table
      label="Requests"
      {...table}
      rowId={({ requestId, at }) => `${requestId} ${at}`}
      columns={columns.filter(({ label }) => !hide.includes(label))}
    />
  )
}

/** The page of a call: of its run if it ran, otherwise the page that explains the refusal. */
function pageOf({ outcome, runId, requestId }: ListedRequest): string {
  return outcome !== 'refused' && runId ? `/runs/${runId}` : `/requests/${encodeURIComponent(requestId)}`
}

function AnswerTag({ request: { outcome, status, reason } }: { request: ListedRequest }) {
  return (
    <>
      <Tag tone={TONES[outcome]}>
        {outcome}
        {status > 0 && ` ${status}`}
      </Tag>
      {outcome === 'refused' && reason !== null && <div className="dim small">{refusalOf(reason).why}</div>}
    </>
  )
}

export function Credential(request: Pick<ListedRequest, 'credential' | 'try'>) {
  return (
    <>
      <CredentialName {...request} /> {request.try && <Tag>try</Tag>}
    </>
  )
}

function CredentialName({ credential: { kind, tokenId, tokenStart, customerId } }: Pick<ListedRequest, 'credential'>) {
  if (tokenId) {
    return (
      <>
        {kind}{' '}
        <Link to={`/tokens/${tokenId}`} className="whitespace-nowrap">
          {tokenStart ? <code>{tokenStart}…</code> : shortId(tokenId)}
        </Link>
      </>
    )
  }
  if (customerId) {
    return (
      <>
        {kind} <code>{shortId(customerId)}</code>
      </>
    )
  }
  return kind
}
