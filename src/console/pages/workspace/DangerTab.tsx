import { useState } from 'react'
import { call } from '../../api/call.ts'
import type { Workspace } from '../../api/types.ts'
import { refresh } from '../../api/use-api.ts'
import { useWorkspace } from '../../frame/workspace.ts'
import { useGo } from '../../lib/navigation.ts'
import { writeStored } from '../../lib/stored.ts'
import { Button } from '../../ui/Button.tsx'
import { Confirm } from '../../ui/Confirm.tsx'
import { notify } from '../../ui/notify.tsx'
import { Section } from '../../ui/Section.tsx'
import { WORKSPACES } from './workspaces.ts'

export function DangerTab({ workspace: { id, name } }: { workspace: Workspace }) {
  const { isOwner } = useWorkspace()
  const go = useGo()
  const [asking, setAsking] = useState(false)
  if (!isOwner) return <p className="dim">Only owners can delete the workspace.</p>
  return (
    <Section title="Delete the workspace">
      <p>Its flows, listeners, secrets and customers go with it. Runs stay in the database until their time is over.</p>
      <div>
        <Button look="danger" onClick={() => setAsking(true)}>
          Delete workspace…
        </Button>
      </div>
      <Confirm
        open={asking}
        onClose={() => setAsking(false)}
        title={`Delete ${name}?`}
        action="Delete workspace"
        typed={name}
        onConfirm={async () => {
          await call('DELETE', `${WORKSPACES}/${id}`)
          writeStored('workspace', undefined)
          notify('Workspace deleted')
          await go('/')
          await refresh(WORKSPACES)
        }}
      >
        Calls of its listeners are answered with 404 from the next one on. This cannot be undone.
      </Confirm>
    </Section>
  )
}
