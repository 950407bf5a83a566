import { useState } from 'react'
import { call } from '../../api/call.ts'
import type { Member, Role, Workspace } from '../../api/types.ts'
import { refresh, useList } from '../../api/use-api.ts'
import { useAccount } from '../../frame/session.tsx'
import { useWorkspace } from '../../frame/workspace.ts'
import { useGo } from '../../lib/navigation.ts'
import { Button } from '../../ui/Button.tsx'
import { Confirm } from '../../ui/Confirm.tsx'
import { Empty } from '../../ui/Empty.tsx'
import { ErrorNote } from '../../ui/ErrorNote.tsx'
import { useAction } from '../../api/use-action.ts'
import { notify } from '../../ui/notify.tsx'
import { Table, type Column } from '../../ui/Table.tsx'
import { Tag } from '../../ui/Tag.tsx'
import { Time } from '../../ui/Time.tsx'
import { Invitations } from './Invitations.tsx'
import { ROLES } from './roles.ts'
import { WORKSPACES } from './workspaces.ts'

/** The members of the workspace and their roles. */
export function MembersTab({ workspace }: { workspace: Workspace }) {
  const { isOwner } = useWorkspace()
  const self = useAccount().id
  const path = `${WORKSPACES}/${workspace.id}/members`
  const rows = useList<Member>(path)
  const [leaving, setLeaving] = useState<Member>()
  const change = useAction(async (member: Member, role: Role) => {
    await call('PATCH', `${path}/${member.accountId}`, { body: { role } })
    notify(`${member.name} is ${role} now`)
    await refresh(WORKSPACES)
  })
  const columns: Column<Member>[] = [
    {
      label: 'Member',
      cell: ({ accountId, name, email }) => (
        <>
          <span className="row">
            {name} {accountId === self && <Tag>you</Tag>}
          </span>
          <span className="dim small">{email}</span>
        </>
      )
    },
    {
      label: 'Role',
      cell: (member) =>
        isOwner ? (
          <select
            aria-label={`Role of ${member.email}`}
            className="input max-w-36"
            value={member.role}
            onChange={(event) => void change.run(member, event.target.value as Role)}
          >
            {ROLES.map(({ value, label }) => (
              <option key={value} value={value}>
                {label}
              </option>
            ))}
          </select>
        ) : (
          member.role
        )
    },
    { label: 'Since', cell: ({ createdAt }) => <Time at={createdAt} /> },
    {
      label: 'Actions',
      cell: (member) =>
        member.accountId === self ? (
          <Button onClick={() => setLeaving(member)}>Leave…</Button>
        ) : (
          isOwner && (
            <Button look="danger" onClick={() => setLeaving(member)}>
              Remove…
            </Button>
          )
        )
    }
  ]
  return (
    <div className="stack">
      {change.error !== undefined && <ErrorNote error={change.error} />}
      <Table
        label="Members"
        rows={rows}
        columns={columns}
        rowId={({ accountId }) => accountId}
        empty={<Empty>Nobody is in this workspace.</Empty>}
      />
      {isOwner && <Invitations workspace={workspace} />}
      <RemoveMember workspace={workspace} member={leaving} onClose={() => setLeaving(undefined)} />
    </div>
  )
}

function RemoveMember({
  workspace: { id, name },
  member,
  onClose
}: {
  workspace: Workspace
  member: Member | undefined
  onClose: () => void
}) {
  const go = useGo()
  const leaves = useAccount().id === member?.accountId
  return (
    <Confirm
      open={member !== undefined}
      onClose={onClose}
      title={leaves ? `Leave ${name}?` : `Remove ${member?.email ?? ''}?`}
      action={leaves ? 'Leave workspace' : 'Remove member'}
      onConfirm={async () => {
        await call('DELETE', `${WORKSPACES}/${id}/members/${member?.accountId ?? ''}`)
        notify(leaves ? `You left ${name}` : 'Member removed')
        await refresh(WORKSPACES)
        if (leaves) await go('/')
      }}
    >
      {leaves
        ? 'You no longer see its flows, listeners and runs, and your tokens no longer call its listeners. ' +
          'An owner can invite you again.'
        : 'It no longer sees the flows, listeners and runs, and its tokens no longer call the listeners, ' +
          'from the next call on.'}
    </Confirm>
  )
}
