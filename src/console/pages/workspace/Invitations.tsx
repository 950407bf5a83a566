import { useState } from 'react'
import { call } from '../../api/call.ts'
import { ApiProblem } from '../../api/problem.ts'
import type { Role, Workspace } from '../../api/types.ts'
import { useAction } from '../../api/use-action.ts'
import { refresh, useList } from '../../api/use-api.ts'
import { holdSecret, useHeldSecret } from '../../lib/held-secret.ts'
import { Button } from '../../ui/Button.tsx'
import { Confirm } from '../../ui/Confirm.tsx'
import { Empty } from '../../ui/Empty.tsx'
import { ErrorNote } from '../../ui/ErrorNote.tsx'
import { notify } from '../../ui/notify.tsx'
import { Section } from '../../ui/Section.tsx'
import { ShownOnce } from '../../ui/ShownOnce.tsx'
import { Table } from '../../ui/Table.tsx'
import { Time } from '../../ui/Time.tsx'
import { InviteForm, type Invited } from './InviteForm.tsx'
import { WORKSPACES } from './workspaces.ts'

export interface Invitation {
  id: string
  email: string
  role: Role
  expiresAt: string
}

/** Adds people to the workspace: by an invitation, or directly if the gateway has no invitations. */
export function Invitations({ workspace: { id } }: { workspace: Workspace }) {
  const path = `${WORKSPACES}/${id}/invitations`
  const rows = useList<Invitation>(path)
  const owner = `invitation:${id}`
  const held = useHeldSecret(owner)
  const [withdrawn, setWithdrawn] = useState<Invitation>()
  const show = ({ link }: Invited): void => {
    if (link !== undefined) holdSecret(owner, link)
  }
  const resend = useAction(async (invitation: Invitation) => {
    show(await call<Invited>('POST', `${path}/${invitation.id}/resend`))
    await refresh(path)
  })
  if (rows.error instanceof ApiProblem && rows.error.status === 404)
    return <InviteForm title="Add a member" path={`${WORKSPACES}/${id}/members`} action="Add member" onSent={show} />
  return (
    <>
      {held && (
        <ShownOnce
          held={held}
          what="invitation link"
          why="Whoever has it can accept, so send it to nobody else."
          remedy="send the invitation again"
        />
      )}
      <InviteForm title="Invite" path={path} action="Send invitation" onSent={show} />
      <Section title="Open invitations" panel={false}>
        {resend.error !== undefined && <ErrorNote error={resend.error} />}
        <Table
          label="Open invitations"
          rows={rows}
          rowId={(invitation) => invitation.id}
          empty={<Empty>No open invitations. Each is listed here until it is accepted, withdrawn or expired.</Empty>}
          columns={[
            { label: 'E-mail', cell: ({ email }) => email },
            { label: 'Role', cell: ({ role }) => role },
            { label: 'Ends', cell: ({ expiresAt }) => <Time at={expiresAt} /> },
            {
              label: 'Actions',
              cell: (invitation) => (
                <span className="row">
                  <Button onClick={() => void resend.run(invitation)}>Send again</Button>
                  <Button look="danger" onClick={() => setWithdrawn(invitation)}>
                    Withdraw…
                  </Button>
                </span>
              )
            }
          ]}
        />
      </Section>
      <Confirm
        open={withdrawn !== undefined}
        onClose={() => setWithdrawn(undefined)}
        title={`Withdraw the invitation of ${withdrawn?.email ?? ''}?`}
        action="Withdraw invitation"
        onConfirm={async () => {
          await call('DELETE', `${path}/${withdrawn?.id ?? ''}`)
          notify('Invitation withdrawn')
          await refresh(path)
        }}
      >
        Its link no longer works.
      </Confirm>
    </>
  )
}
