import type { ReactNode } from 'react'
import type { Account, AuditEvent, Page } from '../../api/types.ts'
import { useRead } from '../../api/use-api.ts'
import { auditWords } from '../../words/audit.ts'
import { Copy } from '../../ui/Copy.tsx'
import { shortId } from '../../ui/Id.tsx'
import { Link } from '../../ui/Link.tsx'
import type { Column } from '../../ui/Table.tsx'
import { Time } from '../../ui/Time.tsx'

const ACCOUNTS_READ = 200

/** With what later gateways tell: how actor and target are called. */
export interface NamedEvent extends AuditEvent {
  actorName?: string | null
  targetName?: string | null
}

/** The page of a thing, by how its id starts. Tokens of others have no page: they are found in the list of all. */
const TARGETS: readonly { prefix: string; path: string }[] = [
  { prefix: 'flw_', path: '/flows/$id' },
  { prefix: 'lsn_', path: '/listeners/$id' },
  { prefix: 'run_', path: '/runs/$id' },
  { prefix: 'act_', path: '/actions/$id' }
]

export function useAuditColumns(): Column<NamedEvent>[] {
  const { data } = useRead<Page<Account>>('/v1/admin/accounts', { query: { limit: ACCOUNTS_READ } })
  const emails = new Map((data?.items ?? []).map(({ id, email }) => [id, email]))
  return [
    { label: 'When', cell: ({ at }) => <Time at={at} log /> },
    { label: 'Who', cell: (event) => <Who event={event} emails={emails} /> },
    { label: 'What', cell: ({ action }) => auditWords(action) },
    {
      label: 'Target',
      cell: ({ target, targetName }) => target && <Target target={target} name={targetName ?? emails.get(target)} />
    },
    { label: 'From', cell: ({ ip }) => (ip ? <code>{ip}</code> : '–') },
    { label: 'Details', cell: (event) => <Details event={event} /> }
  ]
}

function Who({
  event: { actorKind, actorId, actorName },
  emails
}: {
  event: NamedEvent
  emails: ReadonlyMap<string, string>
}) {
  if (!actorId) return actorKind
  return (
    <Link to="/admin/audit" search={{ actor: actorId }}>
      {emails.get(actorId) ?? actorName ?? shortId(actorId)}
    </Link>
  )
}

function Target({ target, name }: { target: string; name: string | undefined }): ReactNode {
  const text = name ?? shortId(target)
  const page = TARGETS.find(({ prefix }) => target.startsWith(prefix))
  return (
    <span title={target}>
      <Link
        {...(page
          ? { to: page.path.replace('$id', encodeURIComponent(target)) }
          : { to: '/admin/audit', search: { target } })}
      >
        {text}
      </Link>
    </span>
  )
}

function Details({ event: { details, requestId } }: { event: AuditEvent }) {
  const entries = Object.entries(details)
  if (entries.length === 0 && !requestId) return null
  return (
    <details>
      <summary className="cursor-pointer">{summaryOf(details) || 'Request'}</summary>
      <dl className="mt-1 grid grid-cols-[auto_minmax(0,1fr)] gap-x-2">
        {entries.map(([name, value]) => (
          <div key={name} className="contents">
            <dt className="dim">{name}</dt>
            <dd className="break-words">{textOf(value)}</dd>
          </div>
        ))}
        {requestId && (
          <div className="contents">
            <dt className="dim">request</dt>
            <dd className="inline-flex items-center gap-1">
              <code className="break-all">{requestId}</code>
              <Copy text={requestId} label="Copy request id" done="Request id copied" icon />
            </dd>
          </div>
        )}
      </dl>
    </details>
  )
}

/** What a reader looks for first: why, and what it is called. */
function summaryOf(details: AuditEvent['details']): string {
  return [details['name'], details['reason'] ?? details['why']]
    .filter((value) => typeof value === 'string')
    .map((value) => (value.length > 80 ? `${value.slice(0, 79)}…` : value))
    .join(': ')
}

function textOf(value: unknown): string {
  return typeof value === 'string' ? value : JSON.stringify(value)
}
