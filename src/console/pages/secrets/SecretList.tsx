import { useState } from 'react'
import { call } from '../../api/call.ts'
import type { Secret } from '../../api/types.ts'
import { refresh, useList } from '../../api/use-api.ts'
import { InWorkspace } from '../../frame/InWorkspace.tsx'
import { RoleNote } from '../../frame/RoleNote.tsx'
import { useWorkspace } from '../../frame/workspace.ts'
import { Button } from '../../ui/Button.tsx'
import { Confirm } from '../../ui/Confirm.tsx'
import { Empty } from '../../ui/Empty.tsx'
import { MoreIcon } from '../../ui/icons.tsx'
import { Link } from '../../ui/Link.tsx'
import { Menu } from '../../ui/Menu.tsx'
import { notify } from '../../ui/notify.tsx'
import { PageHead } from '../../ui/PageHead.tsx'
import { Table, type Column } from '../../ui/Table.tsx'
import { Time } from '../../ui/Time.tsx'
import { SecretDialog } from './SecretDialog.tsx'
import { useSecretUsers, type SecretUsers } from './use-secret-users.ts'

/** The names of secrets. The gateway never returns their values. */
export default function SecretList() {
  const { canEdit } = useWorkspace()
  const [adding, setAdding] = useState(false)
  return (
    <>
      <PageHead
        title="Secrets"
        about="Passwords and keys that flows show to other systems. Values go in and never come out."
        actions={
          canEdit && (
            <Button look="primary" onClick={() => setAdding(true)}>
              Add secret
            </Button>
          )
        }
      />
      <RoleNote />
      <InWorkspace>
        {({ id }) => (
          <>
            <Secrets key={id} workspaceId={id} />
            {adding && <SecretDialog workspaceId={id} onClose={() => setAdding(false)} />}
          </>
        )}
      </InWorkspace>
    </>
  )
}

function Secrets({ workspaceId }: { workspaceId: string }) {
  const { canEdit } = useWorkspace()
  const path = `/v1/workspaces/${workspaceId}/secrets`
  const rows = useList<Secret>(path)
  const users = useSecretUsers(workspaceId)
  const columns: Column<Secret>[] = [
    { label: 'Name', cell: ({ name }) => <code>{name}</code> },
    { label: 'Changed', cell: ({ updatedAt }) => <Time at={updatedAt} /> },
    { label: 'Used by flows', cell: ({ name }) => <UsedBy users={users} name={name} /> },
    ...(canEdit
      ? [{ label: 'Actions', cell: (secret: Secret) => <SecretMenu {...{ workspaceId, secret, users }} /> }]
      : [])
  ]
  return (
    <Table
      label="Secrets"
      rows={rows}
      columns={columns}
      rowId={({ name }) => name}
      empty={
        <Empty actions={<a href="/docs">API reference</a>}>
          No secrets yet. A flow reads a secret by its name, so that the value stands in no document and no record.
        </Empty>
      }
    />
  )
}

function UsedBy({ users, name }: { users: SecretUsers; name: string }) {
  const flows = users.of(name)
  if (flows.length === 0) return <span className="dim">{users.loading ? '' : 'none'}</span>
  return (
    <span className="row">
      {flows.map((flow) => (
        <Link key={flow.id} to={`/flows/${flow.id}`}>
          {flow.name}
        </Link>
      ))}
    </span>
  )
}

function SecretMenu({
  workspaceId,
  secret: { name },
  users
}: {
  workspaceId: string
  secret: Secret
  users: SecretUsers
}) {
  const [open, setOpen] = useState<'replace' | 'delete'>()
  const close = (): void => setOpen(undefined)
  const flows = users.of(name)
  return (
    <>
      <Menu
        label={`Actions for ${name}`}
        className="btn px-2"
        trigger={<MoreIcon />}
        groups={[
          {
            items: [
              { label: 'Replace value…', onSelect: () => setOpen('replace') },
              { label: 'Delete…', danger: true, onSelect: () => setOpen('delete') }
            ]
          }
        ]}
      />
      {open === 'replace' && <SecretDialog workspaceId={workspaceId} name={name} onClose={close} />}
      <Confirm
        open={open === 'delete'}
        onClose={close}
        title={`Delete ${name}?`}
        action="Delete secret"
        onConfirm={async () => {
          await call('DELETE', `/v1/workspaces/${workspaceId}/secrets/${encodeURIComponent(name)}`)
          notify('Secret deleted')
          await refresh(`/v1/workspaces/${workspaceId}/secrets`)
        }}
      >
        <p>Flows that read it fail from their next run on. This cannot be undone: nobody can read the value.</p>
        {flows.length > 0 && (
          <>
            <p className="font-semibold">These flows use it:</p>
            <ul className="list-disc pl-5">
              {flows.map((flow) => (
                <li key={flow.id} className="break-words">
                  {flow.name}
                </li>
              ))}
            </ul>
          </>
        )}
      </Confirm>
    </>
  )
}
