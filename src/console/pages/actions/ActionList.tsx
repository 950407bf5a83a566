import type { Action } from '../../api/types.ts'
import { useList } from '../../api/use-api.ts'
import { InWorkspace } from '../../frame/InWorkspace.tsx'
import { RoleNote } from '../../frame/RoleNote.tsx'
import { useWorkspace } from '../../frame/workspace.ts'
import { plural } from '../../lib/plural.ts'
import { ButtonLink } from '../../ui/Button.tsx'
import { Empty } from '../../ui/Empty.tsx'
import { Link } from '../../ui/Link.tsx'
import { PageHead } from '../../ui/PageHead.tsx'
import { Table, type Column } from '../../ui/Table.tsx'
import { Time } from '../../ui/Time.tsx'

export default function ActionList() {
  const { canEdit } = useWorkspace()
  return (
    <>
      <PageHead
        title="Actions"
        about="Third-party services whose pages call your listeners for your users."
        actions={
          canEdit && (
            <ButtonLink to="/actions/new" look="primary">
              Create action
            </ButtonLink>
          )
        }
      />
      <RoleNote />
      <InWorkspace>{({ id }) => <Actions key={id} workspaceId={id} />}</InWorkspace>
    </>
  )
}

function Actions({ workspaceId }: { workspaceId: string }) {
  const rows = useList<Action>(`/v1/workspaces/${workspaceId}/actions`)
  return (
    <Table
      label="Actions"
      rows={rows}
      columns={COLUMNS}
      rowId={({ actionPackageId }) => actionPackageId}
      empty={
        <Empty actions={<a href="/docs">API reference</a>}>
          No actions yet. An action lets the page of a service call your listeners for a user, with a token of 30
          minutes, while your secrets stay in the gateway.
        </Empty>
      }
    />
  )
}

const COLUMNS: Column<Action>[] = [
  { label: 'Name', cell: ({ actionPackageId, name }) => <Link to={`/actions/${actionPackageId}`}>{name}</Link> },
  { label: 'Package id', cell: ({ actionPackageId }) => <code>{actionPackageId}</code> },
  { label: 'Origins', cell: ({ origins }) => origins.join(', ') || <span className="dim">none</span> },
  { label: 'Listeners', cell: ({ listeners }) => plural(listeners.length, 'listener') },
  { label: 'Changed', cell: ({ updatedAt }) => <Time at={updatedAt} /> }
]
