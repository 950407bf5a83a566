import { useState } from 'react'
import { call } from '../../api/call.ts'
import type { Action } from '../../api/types.ts'
import { refresh, useRead } from '../../api/use-api.ts'
import { useWorkspace } from '../../frame/workspace.ts'
import { useGo, useParam, useQueryText } from '../../lib/navigation.ts'
import { plural } from '../../lib/plural.ts'
import { Button } from '../../ui/Button.tsx'
import { Confirm } from '../../ui/Confirm.tsx'
import { Facts } from '../../ui/Facts.tsx'
import { Id } from '../../ui/Id.tsx'
import { Link } from '../../ui/Link.tsx'
import { Loaded } from '../../ui/Loaded.tsx'
import { notify } from '../../ui/notify.tsx'
import { PageHead } from '../../ui/PageHead.tsx'
import { Tabs } from '../../ui/Tabs.tsx'
import { Time } from '../../ui/Time.tsx'
import { useAllListeners } from '../tokens/listeners.ts'
import { ActionForm } from './ActionForm.tsx'
import { ActionSnippets } from './ActionSnippets.tsx'
import { TryAsMe } from './TryAsMe.tsx'

export default function ActionPage() {
  const id = useParam('id')
  const action = useRead<Action>(`/v1/actions/${id}`)
  return (
    <Loaded query={action} page>
      {(data) => <Details key={data.actionPackageId} action={data} />}
    </Loaded>
  )
}

function Details({ action }: { action: Action }) {
  const { workspaces } = useWorkspace()
  const role = workspaces.find(({ id }) => id === action.workspaceId)?.role
  const canEdit = role === 'owner' || role === 'editor'
  const [asking, setAsking] = useState(false)
  const [{ tab = 'use' }, setQuery] = useQueryText()
  const tabs = [
    { value: 'use', label: 'Use it', content: <ActionSnippets action={action} /> },
    { value: 'try', label: 'Try as me', content: <TryAsMe action={action} /> },
    { value: 'settings', label: 'Settings', content: <SettingsTab action={action} canEdit={canEdit} /> }
  ]
  return (
    <>
      <PageHead
        title={action.name}
        parent={{ to: '/actions', label: 'Actions' }}
        beside={<Id id={action.actionPackageId} label="Copy package id" />}
        about={`${plural(action.origins.length, 'origin')}, ${plural(action.listeners.length, 'listener')}`}
        actions={
          canEdit && (
            <Button look="danger" onClick={() => setAsking(true)}>
              Delete…
            </Button>
          )
        }
      />
      <Tabs
        label="Views of the action"
        value={tabs.some(({ value }) => value === tab) ? tab : 'use'}
        tabs={tabs}
        onChange={(next) => setQuery({ tab: next === 'use' ? undefined : next })}
      />
      <DeleteAction action={action} open={asking} onClose={() => setAsking(false)} />
    </>
  )
}

function SettingsTab({ action, canEdit }: { action: Action; canEdit: boolean }) {
  const { listenerName } = useAllListeners()
  const { actionPackageId, workspaceId, origins, createdAt, updatedAt } = action
  if (canEdit)
    return (
      <ActionForm
        workspaceId={workspaceId}
        action={action}
        submit="Save settings"
        onSend={async (body) => {
          await call('PATCH', `/v1/actions/${actionPackageId}`, { body })
          notify('Settings saved')
          await refresh('/v1/actions', `/v1/workspaces/${workspaceId}/actions`)
        }}
      />
    )
  return (
    <div className="panel p-4">
      <Facts
        facts={[
          ['Origins', origins.join(', ') || 'none'],
          [
            'Listeners',
            <span key="listeners" className="row">
              {action.listeners.map((id) => (
                <Link key={id} to={`/listeners/${id}`}>
                  {listenerName(id)}
                </Link>
              ))}
            </span>
          ],
          ['Created', <Time key="created" at={createdAt} />],
          ['Changed', <Time key="changed" at={updatedAt} />]
        ]}
      />
    </div>
  )
}

function DeleteAction({
  action: { actionPackageId, workspaceId, name },
  open,
  onClose
}: {
  action: Action
  open: boolean
  onClose: () => void
}) {
  const go = useGo()
  return (
    <Confirm
      open={open}
      onClose={onClose}
      title={`Delete ${name}?`}
      action="Delete action"
      typed={name}
      onConfirm={async () => {
        await call('DELETE', `/v1/actions/${actionPackageId}`)
        notify('Action deleted')
        await go('/actions')
        await refresh(`/v1/workspaces/${workspaceId}/actions`)
      }}
    >
      The tokens of its users end at once, and pages of the service can call nothing here. This cannot be undone.
    </Confirm>
  )
}
