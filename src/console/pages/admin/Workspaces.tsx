import { useCallback, useState } from 'react'
import { useList } from '../../api/use-api.ts'
import { useQueryText } from '../../lib/navigation.ts'
import { Button } from '../../ui/Button.tsx'
import { Empty } from '../../ui/Empty.tsx'
import { FilterButtons } from '../../ui/FilterButtons.tsx'
import { Link } from '../../ui/Link.tsx'
import { PageHead } from '../../ui/PageHead.tsx'
import { SearchField } from '../../ui/SearchField.tsx'
import { Table, type Column } from '../../ui/Table.tsx'
import { Tag } from '../../ui/Tag.tsx'
import { Time } from '../../ui/Time.tsx'
import { SuspendWorkspace, WORKSPACES, type AdminWorkspace } from './SuspendWorkspace.tsx'

const STATES = [
  { value: '', label: 'All' },
  { value: 'running', label: 'Running' },
  { value: 'suspended', label: 'Suspended' }
]

/** All workspaces, to suspend one. */
export default function Workspaces() {
  const [{ q = '', state = '' }, setQuery] = useQueryText()
  const [asking, setAsking] = useState<AdminWorkspace>()
  const suspended = state === '' ? undefined : state === 'suspended'
  const rows = useList<AdminWorkspace>(WORKSPACES, { query: { q, suspended } })
  const filtered = q !== '' || state !== ''
  const onSearch = useCallback((text: string) => setQuery({ q: text }), [setQuery])
  return (
    <>
      <PageHead
        title="Workspaces"
        parent={{ to: '/admin/accounts', label: 'Accounts' }}
        about="The workspaces of everybody. One that is suspended can be read, and nothing in it runs."
      />
      <div className="row">
        <SearchField label="Search workspaces" placeholder="Name or owner" value={q} onChange={onSearch} />
        <FilterButtons label="State" value={state} options={STATES} onChange={(next) => setQuery({ state: next })} />
      </div>
      <Table
        label="Workspaces"
        rows={rows}
        columns={columnsFor(setAsking)}
        rowId={({ id }) => id}
        onClearFilters={filtered ? () => setQuery({ q: undefined, state: undefined }) : undefined}
        empty={<Empty>No workspaces. Each account has one from its first sign-in on.</Empty>}
      />
      <SuspendWorkspace workspace={asking} onClose={() => setAsking(undefined)} />
    </>
  )
}

function columnsFor(onAsk: (workspace: AdminWorkspace) => void): Column<AdminWorkspace>[] {
  return [
    { label: 'Name', cell: ({ name, id }) => <span title={id}>{name}</span> },
    {
      label: 'Owners',
      cell: ({ owners }) =>
        owners.length === 0 ? (
          <span className="dim">none</span>
        ) : (
          <span className="row gap-y-0.5">
            {owners.map(({ id, email }) => (
              <Link key={id} to="/admin/accounts" search={{ q: email }}>
                {email}
              </Link>
            ))}
          </span>
        )
    },
    {
      label: 'State',
      cell: ({ suspended, suspendedAt, reason }) =>
        suspended ? (
          <>
            <Tag tone="bad">suspended</Tag>
            <div className="dim small">
              {suspendedAt && <Time at={suspendedAt} />}
              {reason && `: ${reason}`}
            </div>
          </>
        ) : (
          <Tag tone="ok">running</Tag>
        )
    },
    { label: 'Created', cell: ({ createdAt }) => <Time at={createdAt} /> },
    {
      label: 'Actions',
      cell: (workspace) => (
        <Button
          look={workspace.suspended ? 'plain' : 'danger'}
          aria-label={`${workspace.suspended ? 'Resume' : 'Suspend'} ${workspace.name}…`}
          onClick={() => onAsk(workspace)}
        >
          {workspace.suspended ? 'Resume…' : 'Suspend…'}
        </Button>
      )
    }
  ]
}
