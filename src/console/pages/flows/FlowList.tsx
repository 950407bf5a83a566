import { useCallback, useState } from 'react'
import { call } from '../../api/call.ts'
import type { FlowSummary, Listener, RunSummary } from '../../api/types.ts'
import { refresh, useList } from '../../api/use-api.ts'
import { InWorkspace } from '../../frame/InWorkspace.tsx'
import { RoleNote } from '../../frame/RoleNote.tsx'
import { useWorkspace } from '../../frame/workspace.ts'
import { useGo, useQueryText } from '../../lib/navigation.ts'
import { plural } from '../../lib/plural.ts'
import { useRange } from '../../lib/ranges.ts'
import { ButtonLink } from '../../ui/Button.tsx'
import { Confirm } from '../../ui/Confirm.tsx'
import { Empty } from '../../ui/Empty.tsx'
import { MoreIcon } from '../../ui/icons.tsx'
import { Link } from '../../ui/Link.tsx'
import { Menu } from '../../ui/Menu.tsx'
import { notify } from '../../ui/notify.tsx'
import { PageHead } from '../../ui/PageHead.tsx'
import { SearchField } from '../../ui/SearchField.tsx'
import { Table, type Column } from '../../ui/Table.tsx'
import { Tag } from '../../ui/Tag.tsx'
import { Time } from '../../ui/Time.tsx'
import { useRuns } from '../runs/use-runs.ts'
import { useAllListeners } from '../tokens/listeners.ts'

const EVERY_MS = 10_000

export default function FlowList() {
  const { canEdit } = useWorkspace()
  return (
    <>
      <PageHead
        title="Flows"
        about="A flow is what a listener runs: calls, decisions and mappings, as a document."
        actions={canEdit && <CreateLink />}
      />
      <RoleNote />
      <InWorkspace>{({ id }) => <Flows key={id} workspaceId={id} />}</InWorkspace>
    </>
  )
}

function Flows({ workspaceId }: { workspaceId: string }) {
  const { canEdit } = useWorkspace(workspaceId)
  const [{ q = '' }, setQuery] = useQueryText()
  const onSearch = useCallback((text: string) => setQuery({ q: text }), [setQuery])
  const rows = useList<FlowSummary>(`/v1/workspaces/${workspaceId}/flows`, { query: { limit: 200 } })
  const { listeners } = useAllListeners()
  const { since } = useRange()
  const runs = useRuns({ workspaceId, since, limit: 200 }, { every: EVERY_MS })
  const wanted = q.trim().toLowerCase()
  return (
    <>
      <SearchField label="Search flows" placeholder="Name" value={q} onChange={onSearch} />
      <Table
        label="Flows"
        rows={{ ...rows, data: rows.data?.filter(({ name }) => name.toLowerCase().includes(wanted)) }}
        columns={columnsFor(listeners, runs.data ?? [], canEdit)}
        rowId={({ id }) => id}
        onClearFilters={wanted === '' ? undefined : () => setQuery({ q: undefined })}
        empty={
          <Empty
            actions={
              canEdit && (
                <>
                  <CreateLink />
                  <Link to="/flows/new" search={{ start: 'example' }}>
                    Start from an example
                  </Link>
                </>
              )
            }
          >
            No flows yet. A flow is what a listener runs.
          </Empty>
        }
      />
    </>
  )
}

function columnsFor(
  listeners: readonly Listener[],
  runs: readonly RunSummary[],
  canEdit: boolean
): Column<FlowSummary>[] {
  return [
    { label: 'Name', cell: ({ id, name }) => <Link to={`/flows/${id}`}>{name}</Link> },
    { label: 'Namespace', cell: ({ namespace }) => namespace ?? '–' },
    { label: 'Listeners run', cell: ({ publishedVersion }) => <Version number={publishedVersion} /> },
    {
      label: 'Latest',
      cell: ({ latestVersion, publishedVersion }) =>
        latestVersion > publishedVersion ? (
          <Tag tone="accent">version {latestVersion}</Tag>
        ) : (
          <Version number={latestVersion} />
        )
    },
    { label: 'Listeners', cell: ({ id }) => <Listeners listeners={listeners.filter(({ flowId }) => flowId === id)} /> },
    { label: 'Last run, 24 h', cell: ({ id }) => <LastRun run={runs.find(({ flowId }) => flowId === id)} /> },
    {
      label: 'Failed, 24 h',
      cell({ id }) {
        const failed = runs.filter(({ flowId, status }) => flowId === id && status === 'failed').length
        if (failed === 0) return '0'
        return (
          <Link to="/runs" search={{ flow: id, status: 'failed' }}>
            {failed}
          </Link>
        )
      }
    },
    { label: 'Changed', cell: ({ updatedAt }) => <Time at={updatedAt} /> },
    ...(canEdit
      ? [{ label: 'Actions', quiet: true, cell: (flow: FlowSummary) => <FlowMenu flow={flow} listeners={listeners} /> }]
      : [])
  ]
}

function Listeners({ listeners: [first, ...more] }: { listeners: readonly Listener[] }) {
  if (!first) return <span className="dim">none</span>
  return (
    <>
      <Link to={`/listeners/${first.id}`}>{first.name}</Link>
      {more.length > 0 && ` and ${more.length} more`}
    </>
  )
}

function LastRun({ run }: { run: RunSummary | undefined }) {
  if (!run) return <span className="dim">none</span>
  return (
    <Link to={`/runs/${run.id}`}>
      <Time at={run.startedAt} />
    </Link>
  )
}

function FlowMenu({ flow, listeners }: { flow: FlowSummary; listeners: readonly Listener[] }) {
  const go = useGo()
  const [asking, setAsking] = useState(false)
  return (
    <>
      <Menu
        label={`Actions for ${flow.name}`}
        className="btn px-2"
        trigger={<MoreIcon />}
        groups={[
          {
            items: [
              { label: 'Copy…', onSelect: () => void go('/flows/new', { search: { start: 'copy', from: flow.id } }) },
              { label: 'Delete…', danger: true, onSelect: () => setAsking(true) }
            ]
          }
        ]}
      />
      <DeleteFlow flow={flow} listeners={listeners} open={asking} onClose={() => setAsking(false)} />
    </>
  )
}

function DeleteFlow({
  flow,
  listeners,
  open,
  onClose
}: {
  flow: FlowSummary
  listeners: readonly Listener[]
  open: boolean
  onClose: () => void
}) {
  const using = listeners.filter(({ flowId }) => flowId === flow.id)
  return (
    <Confirm
      open={open}
      onClose={onClose}
      title={`Delete ${flow.name}?`}
      action="Delete flow"
      typed={flow.name}
      disabled={using.length > 0}
      onConfirm={async () => {
        await call('DELETE', `/v1/flows/${flow.id}`)
        notify('Flow deleted')
        await refresh('/v1/workspaces')
      }}
    >
      {using.length > 0 ? (
        <p>
          {plural(using.length, 'listener runs', 'listeners run')} it: {using.map(({ name }) => name).join(', ')}.
          Delete {using.length === 1 ? 'it' : 'them'} first, or have {using.length === 1 ? 'it' : 'them'} run another
          flow.
        </p>
      ) : (
        <p>All its versions go, and its schedule with it. Its runs stay. This cannot be undone.</p>
      )}
    </Confirm>
  )
}

function CreateLink() {
  return (
    <ButtonLink to="/flows/new" look="primary">
      Create flow
    </ButtonLink>
  )
}

function Version({ number }: { number: number }) {
  return <span className="whitespace-nowrap">version {number}</span>
}
