import { useCallback } from 'react'
import type { AuditEvent } from '../../api/types.ts'
import { useList } from '../../api/use-api.ts'
import { useQueryText } from '../../lib/navigation.ts'
import { AUDIT_GROUPS } from '../../words/audit.ts'
import { Copy } from '../../ui/Copy.tsx'
import { Empty } from '../../ui/Empty.tsx'
import { Select } from '../../ui/Select.tsx'
import { Table } from '../../ui/Table.tsx'
import { TypedFilter } from '../../ui/TypedFilter.tsx'
import { auditColumns, type AuditPage } from './audit-columns.tsx'

const EVERY_MS = 10_000

const ACTIONS = AUDIT_GROUPS.map(({ label, actions }) => ({
  label,
  options: Object.entries(actions).map(([value, words]) => ({ value, label: words }))
}))
const ANY = { value: '', label: 'Any action' }

const RANGES = [
  { value: '', label: 'All time' },
  { value: '1', label: 'Last 24 hours' },
  { value: '7', label: 'Last 7 days' },
  { value: '30', label: 'Last 30 days' }
]

/** The audit log, filtered by the URL: who did what, when and from where. */
export function AuditLog({
  path,
  page,
  names
}: {
  path: string
  page: AuditPage
  /** Names of accounts that the reader may see but the log does not contain. */
  names?: ReadonlyMap<string, string>
}) {
  const [{ action = '', actor = '', target = '', range = '' }, setQuery] = useQueryText()
  const since = sinceOf(range)
  const rows = useList<AuditEvent>(path, { query: { action, actorId: actor, target, since }, every: EVERY_MS })
  const filtered = action !== '' || actor !== '' || target !== '' || range !== ''
  const onActor = useCallback((text: string) => setQuery({ actor: text }), [setQuery])
  const onTarget = useCallback((text: string) => setQuery({ target: text }), [setQuery])
  return (
    <div className="stack">
      <div className="row items-end">
        <Select
          label="Action"
          value={action}
          options={[ANY]}
          groups={ACTIONS}
          className="w-full sm:w-auto"
          onChange={(next) => setQuery({ action: next })}
        />
        <TypedFilter label="Actor" placeholder="acc_…" value={actor} onChange={onActor} />
        <TypedFilter label="Target" placeholder="An id" value={target} onChange={onTarget} />
        <Select
          label="Range"
          value={range}
          options={RANGES}
          className="w-full sm:w-auto"
          onChange={(next) => setQuery({ range: next })}
        />
        {rows.data && rows.data.length > 0 && (
          <Copy text={jsonLines(rows.data)} label="Copy as JSON lines" done="Lines copied as JSON" />
        )}
      </div>
      <Table
        label="Audit log"
        rows={rows}
        columns={auditColumns(page, names ?? new Map())}
        rowId={({ id }) => id}
        onClearFilters={
          filtered
            ? () => setQuery({ action: undefined, actor: undefined, target: undefined, range: undefined })
            : undefined
        }
        empty={<Empty>Nothing has happened yet.</Empty>}
      />
    </div>
  )
}

/** The start, rounded to a full hour, so that the request stays the same for a while. */
function sinceOf(range: string): string | undefined {
  const days = Number(range)
  if (!Number.isInteger(days) || days <= 0) return undefined
  const start = new Date(Date.now() - days * 86_400_000)
  start.setUTCMinutes(0, 0, 0)
  return start.toISOString()
}

function jsonLines(events: readonly AuditEvent[]): string {
  return events.map((event) => JSON.stringify(event)).join('\n')
}
