import { useState } from 'react'
import { call } from '../../api/call.ts'
import { refresh } from '../../api/use-api.ts'
import { Confirm } from '../../ui/Confirm.tsx'
import { notify } from '../../ui/notify.tsx'
import { TextField } from '../../ui/TextField.tsx'

export const WORKSPACES = '/v1/admin/workspaces'
const REASON_MAX = 500

export interface AdminWorkspace {
  id: string
  name: string
  owners: { id: string; email: string }[]
  suspended: boolean
  suspendedAt: string | null
  reason: string | null
  createdAt: string
}

/** Suspends a workspace, or restores it. */
export function SuspendWorkspace({
  workspace,
  onClose
}: {
  workspace: AdminWorkspace | undefined
  onClose: () => void
}) {
  const [reason, setReason] = useState('')
  const resumes = workspace?.suspended ?? false
  const name = workspace?.name ?? ''
  const close = (): void => {
    setReason('')
    onClose()
  }
  return (
    <Confirm
      open={workspace !== undefined}
      onClose={close}
      title={resumes ? `Resume ${name}?` : `Suspend ${name}?`}
      action={resumes ? 'Resume workspace' : 'Suspend workspace'}
      danger={!resumes}
      disabled={!resumes && reason.trim() === ''}
      onConfirm={async () => {
        const body = resumes ? { suspended: false } : { suspended: true, reason: reason.trim() }
        await call('PATCH', `${WORKSPACES}/${workspace?.id ?? ''}`, { body })
        notify(resumes ? 'Workspace resumed' : 'Workspace suspended')
        await refresh(WORKSPACES)
      }}
    >
      {resumes ? (
        <p>Its listeners answer again, and queued runs, schedules and deliveries go on where they stood.</p>
      ) : (
        <>
          <p>
            Its listeners answer as absent ones from the next call on, and runs, schedules and deliveries wait. Its
            members can read it. Resuming undoes this.
          </p>
          <TextField label="Reason" maxLength={REASON_MAX} value={reason} onChange={setReason} />
        </>
      )}
    </Confirm>
  )
}
