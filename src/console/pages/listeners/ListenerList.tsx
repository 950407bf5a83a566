import { useCallback } from 'react'
import type { Listener } from '../../api/types.ts'
import { useList } from '../../api/use-api.ts'
import { InWorkspace } from '../../frame/InWorkspace.tsx'
import { RoleNote } from '../../frame/RoleNote.tsx'
import { useWorkspace } from '../../frame/workspace.ts'
import { useQueryText } from '../../lib/navigation.ts'
import { ButtonLink } from '../../ui/Button.tsx'
import { Copy } from '../../ui/Copy.tsx'
import { Empty } from '../../ui/Empty.tsx'
import { shortId } from '../../ui/Id.tsx'
import { Link } from '../../ui/Link.tsx'
import { PageHead } from '../../ui/PageHead.tsx'
import { SearchField } from '../../ui/SearchField.tsx'
import { Table, type Column } from '../../ui/Table.tsx'
import { Tag } from '../../ui/Tag.tsx'
import { methodsText, modeText } from '../../words/listeners.ts'
import { useFlows } from '../flows/use-flows.ts'
import { useListenerCounts, type Counts } from './use-counts.ts'

export default function ListenerList() {
  const { canEdit } = useWorkspace()
  return (
    <>
      <PageHead
        title="Listeners"
        about="A listener is a URL. Calling it runs a flow."
        actions={canEdit && <CreateLink />}
      />
      <RoleNote />
      <InWorkspace>{({ id }) => <Listeners key={id} workspaceId={id} />}</InWorkspace>
    </>
  )
}

function Listeners({ workspaceId }: { workspaceId: string }) {
  const { canEdit } = useWorkspace(workspaceId)
  const [{ q = '' }, setQuery] = useQueryText()
  const onSearch = useCallback((text: string) => setQuery({ q: text }), [setQuery])
  const rows = useList<Listener>(`/v1/workspaces/${workspaceId}/listeners`, { query: { limit: 200 } })
  const { nameOf } = useFlows(workspaceId)
  const counts = useListenerCounts(workspaceId)
  const wanted = q.trim().toLowerCase()
  const fits = ({ name, url, flowId }: Listener): boolean =>
    [name, url, nameOf(flowId)].some((text) => text.toLowerCase().includes(wanted))
  return (
    <>
      <SearchField label="Search listeners" placeholder="Name, flow or URL" value={q} onChange={onSearch} />
      <Table
        label="Listeners"
        rows={{ ...rows, data: rows.data?.filter(fits) }}
        columns={columnsFor(nameOf, counts)}
        rowId={({ id }) => id}
        onClearFilters={wanted === '' ? undefined : () => setQuery({ q: undefined })}
        empty={
          <Empty actions={canEdit && <CreateLink />}>
            No listeners yet. A listener is a URL. Calling it runs a flow.
          </Empty>
        }
      />
    </>
  )
}

function columnsFor(flowName: (id: string) => string, counts: Counts | undefined): Column<Listener>[] {
  return [
    { label: 'Name', cell: ({ id, name }) => <Link to={`/listeners/${id}`}>{name}</Link> },
    {
      label: 'URL',
      tight: true,
      cell: ({ id, url }) => (
        <span className="inline-flex items-center gap-1">
          <code title={url}>…/{shortId(id)}</code>
          <Copy text={url} label="Copy URL" done="URL copied" icon />
        </span>
      )
    },
    { label: 'Flow', cell: ({ flowId }) => <Link to={`/flows/${flowId}`}>{flowName(flowId)}</Link> },
    { label: 'Methods', cell: ({ methods }) => methodsText(methods) },
    { label: 'Answers', tight: true, cell: ({ mode }) => modeText(mode) },
    { label: 'Enabled', cell: ({ enabled }) => <Tag tone={enabled ? 'ok' : 'plain'}>{enabled ? 'on' : 'off'}</Tag> },
    ...(counts
      ? [
          { label: 'Calls 24 h', cell: ({ id }: Listener) => (counts.get(id)?.calls ?? 0).toLocaleString('en') },
          { label: 'Refused 24 h', cell: ({ id }: Listener) => (counts.get(id)?.refused ?? 0).toLocaleString('en') }
        ]
      : [])
  ]
}

function CreateLink() {
  return (
    <ButtonLink to="/listeners/new" look="primary">
      Create listener
    </ButtonLink>
  )
}
