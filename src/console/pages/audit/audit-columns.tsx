import type { ReactNode } from 'react'
import type { AuditEvent } from '../../api/types.ts'
import type { Search } from '../../lib/search.ts'
import { auditWords } from '../../words/audit.ts'
import { Copy } from '../../ui/Copy.tsx'
import { shortId } from '../../ui/Id.tsx'
import { Link } from '../../ui/Link.tsx'
import type { Column } from '../../ui/Table.tsx'
import { Time } from '../../ui/Time.tsx'

/** The page that shows the log, so that links in its lines can filter it. */
export interface AuditPage {
  to: string
  search?: Search
}

/**
 * The page of a resource, by the prefix of its id. Tokens of other accounts have no page: the link leads to the list of
 * all tokens.
 */
const TARGETS: readonly { prefix: string; path: string }[] = [
  { prefix: 'flw_', path: '/flows/$id' },
  { prefix: 'lsn_', path: '/listeners/$id' },
  { prefix: 'run_', path: '/runs/$id' },
  { prefix: 'act_', path: '/actions/$id' }
]

export function auditColumns(page: AuditPage, names: ReadonlyMap<string, string>): Column<AuditEvent>[] {
  return [
    { label: 'When', tight: true, cell: ({ at }) => <Time at={at} log /> },
    { label: 'Who', cell: (event) => <Who event={event} page={page} names={names} /> },
    {
      label: 'What',
      cell: ({ action }) => (
        <>
          {auditWords(action)}
          <div>
            <code className="dim">{action}</code>
          </div>
        </>
      )
    },
    {
      label: 'Target',
      cell: ({ target, targetName }) =>
        target && <Target target={target} name={names.get(target) ?? targetName} page={page} />
    },
    { label: 'From', cell: ({ ip }) => (ip ? <code>{ip}</code> : '–') },
    { label: 'Details', cell: (event) => <Details event={event} /> }
  ]
}

function Who({
  event: { actorKind, actorId, actorName },
  page: { to, search },
  names
}: {
  event: AuditEvent
  page: AuditPage
  names: ReadonlyMap<string, string>
}) {
  if (!actorId) return actorKind
  return (
    <Link to={to} search={{ ...search, actor: actorId }}>
      {names.get(actorId) ?? actorName ?? shortId(actorId)}
    </Link>
  )
}

function Target({ target, name, page }: { target: string; name: string | null; page: AuditPage }): ReactNode {
  const own = TARGETS.find(({ prefix }) => target.startsWith(prefix))
  return (
    <span title={target}>
      <Link
        {...(own
          ? { to: own.path.replace('$id', encodeURIComponent(target)) }
          : { to: page.to, search: { ...page.search, target } })}
      >
        {name ?? shortId(target)}
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

/** The details that a reader looks for first: the reason, and the name. */
function summaryOf(details: AuditEvent['details']): string {
  return [details['name'], details['reason'] ?? details['why']]
    .filter((value) => typeof value === 'string')
    .map((value) => (value.length > 80 ? `${value.slice(0, 79)}…` : value))
    .join(': ')
}

function textOf(value: unknown): string {
  return typeof value === 'string' ? value : JSON.stringify(value)
}
