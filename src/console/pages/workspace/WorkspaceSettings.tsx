import { InWorkspace } from '../../frame/InWorkspace.tsx'
import { RoleNote } from '../../frame/RoleNote.tsx'
import { useWorkspace } from '../../frame/workspace.ts'
import { useHeldSecret } from '../../lib/held-secret.ts'
import { useQueryText } from '../../lib/navigation.ts'
import type { Workspace } from '../../api/types.ts'
import { ButtonLink } from '../../ui/Button.tsx'
import { PageHead } from '../../ui/PageHead.tsx'
import { ShownOnce } from '../../ui/ShownOnce.tsx'
import { Tabs } from '../../ui/Tabs.tsx'
import { AuditLog } from '../audit/AuditLog.tsx'
import { CustomersTokensTab } from './CustomersTokensTab.tsx'
import { DangerTab } from './DangerTab.tsx'
import { GeneralTab } from './GeneralTab.tsx'
import { MembersTab } from './MembersTab.tsx'
import { PolicyTab } from './PolicyTab.tsx'

export default function WorkspaceSettings() {
  const { workspace } = useWorkspace()
  return (
    <>
      <PageHead
        title="Workspace settings"
        about={workspace?.name}
        actions={<ButtonLink to="/workspace/new">Create workspace</ButtonLink>}
      />
      <RoleNote needs="owner" />
      <InWorkspace>{(current) => <Settings key={current.id} workspace={current} />}</InWorkspace>
    </>
  )
}

function Settings({ workspace }: { workspace: Workspace }) {
  const { isOwner } = useWorkspace()
  const held = useHeldSecret(workspace.id)
  const [{ tab = 'general' }, setQuery] = useQueryText()
  const tabs = [
    { value: 'general', label: 'General', content: <GeneralTab workspace={workspace} /> },
    { value: 'members', label: 'Members', content: <MembersTab workspace={workspace} /> },
    { value: 'tokens', label: "Customers' tokens", content: <CustomersTokensTab workspace={workspace} /> },
    { value: 'policy', label: 'Policy', content: <PolicyTab workspace={workspace} /> },
    ...(isOwner ? [{ value: 'audit', label: 'Audit log', content: <AuditTab workspace={workspace} /> }] : []),
    { value: 'danger', label: 'Danger', content: <DangerTab workspace={workspace} /> }
  ]
  return (
    <>
      {held && (
        <ShownOnce
          held={held}
          what="secret"
          why="Your customers' back end signs tokens with it. It is kept sealed, and nobody can show it again."
          remedy="rotate"
        />
      )}
      <Tabs
        label="Parts of the settings"
        value={tabs.some(({ value }) => value === tab) ? tab : 'general'}
        tabs={tabs}
        onChange={(next) => setQuery({ tab: next === 'general' ? undefined : next })}
      />
    </>
  )
}

/** The audit log of the workspace. */
function AuditTab({ workspace: { id } }: { workspace: Workspace }) {
  return (
    <AuditLog
      path={`/v1/workspaces/${id}/audit`}
      page={{ to: '/workspace', search: { tab: 'audit', workspace: id } }}
    />
  )
}
