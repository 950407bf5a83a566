import { useRef, useState } from 'react'
import { call } from '../../api/call.ts'
import type { Listener } from '../../api/types.ts'
import { useAction } from '../../api/use-action.ts'
import { refresh, useRead } from '../../api/use-api.ts'
import { RoleNote } from '../../frame/RoleNote.tsx'
import { useWorkspace } from '../../frame/workspace.ts'
import { useGo, useParam, useQueryText } from '../../lib/navigation.ts'
import { Button, ButtonLink } from '../../ui/Button.tsx'
import { Confirm } from '../../ui/Confirm.tsx'
import { Copy } from '../../ui/Copy.tsx'
import { ErrorNote } from '../../ui/ErrorNote.tsx'
import { Id } from '../../ui/Id.tsx'
import { Link } from '../../ui/Link.tsx'
import { Loaded } from '../../ui/Loaded.tsx'
import { notify } from '../../ui/notify.tsx'
import { PageHead } from '../../ui/PageHead.tsx'
import { Switch } from '../../ui/Switch.tsx'
import { Tabs } from '../../ui/Tabs.tsx'
import { Tag } from '../../ui/Tag.tsx'
import { methodsText, modeText } from '../../words/listeners.ts'
import { useFlows } from '../flows/use-flows.ts'
import { ListenerCalls } from './ListenerCalls.tsx'
import { ListenerSettings } from './ListenerSettings.tsx'
import { TryIt } from './TryIt.tsx'
import { WhoMayCall } from './WhoMayCall.tsx'

export default function ListenerPage() {
  const listener = useRead<Listener>(`/v1/listeners/${useParam('id')}`)
  return (
    <Loaded query={listener} page>
      {(data) => <Details key={data.id} listener={data} />}
    </Loaded>
  )
}

function Details({ listener }: { listener: Listener }) {
  const { id, name, workspaceId, flowId, url, pathUrl } = listener
  const { canEdit } = useWorkspace(workspaceId)
  const { nameOf } = useFlows(workspaceId)
  const [asking, setAsking] = useState(false)
  return (
    <>
      <PageHead
        title={name}
        parent={{ to: '/listeners', label: 'Listeners' }}
        beside={<Id id={id} />}
        about={
          <>
            Runs <Link to={`/flows/${flowId}`}>{nameOf(flowId)}</Link> ·{' '}
            {listener.methods ? methodsText(listener.methods) : 'any method'} · answers {modeText(listener.mode)}
          </>
        }
        actions={
          <>
            <ButtonLink to={`/listeners/${id}/url-token`}>Create URL token…</ButtonLink>
            {canEdit && (
              <ButtonLink to="/flows/new" search={{ listener: id, workspace: workspaceId }}>
                Create a flow for it
              </ButtonLink>
            )}
            {canEdit && (
              <Button look="danger" onClick={() => setAsking(true)}>
                Delete…
              </Button>
            )}
          </>
        }
      />
      <RoleNote workspaceId={workspaceId} />
      <div className="flex flex-wrap items-end gap-x-6 gap-y-3">
        <Address label="URL" url={url} />
        {pathUrl !== null && <Address label="Readable URL" url={pathUrl} />}
        <Enabled listener={listener} canEdit={canEdit} />
      </div>
      <Views listener={listener} canEdit={canEdit} />
      <DeleteListener listener={listener} open={asking} onClose={() => setAsking(false)} />
    </>
  )
}

function Address({ label, url }: { label: string; url: string }) {
  const field = useRef<HTMLInputElement>(null)
  return (
    <div className="flex min-w-0 flex-[1_1_320px] items-end gap-2">
      <label className="flex min-w-0 max-w-[640px] flex-1 flex-col gap-1">
        <span className="label">{label}</span>
        <input ref={field} readOnly value={url} className="input mono" onFocus={(event) => event.target.select()} />
      </label>
      <Copy text={url} label={`Copy ${label}`} done={`${label} copied`} field={field} />
    </div>
  )
}

function Enabled({ listener, canEdit }: { listener: Listener; canEdit: boolean }) {
  const change = useAction(async (enabled: boolean) => {
    await call('PATCH', `/v1/listeners/${listener.id}`, { body: { enabled } })
    await refresh(`/v1/listeners/${listener.id}`, `/v1/workspaces/${listener.workspaceId}/listeners`)
    notify(enabled ? 'Enabled: calls run its flow' : 'Switched off: calls are refused')
  })
  if (!canEdit) return <Tag tone={listener.enabled ? 'ok' : 'plain'}>{listener.enabled ? 'enabled' : 'off'}</Tag>
  return (
    <div className="pb-1">
      <Switch
        label="Enabled"
        checked={listener.enabled}
        disabled={change.pending}
        onChange={(enabled) => void change.run(enabled)}
      />
      {change.error !== undefined && <ErrorNote error={change.error} />}
    </div>
  )
}

function Views({ listener, canEdit }: { listener: Listener; canEdit: boolean }) {
  const [{ tab = 'try' }, setQuery] = useQueryText()
  const tabs = [
    { value: 'try', label: 'Try it', content: <TryIt listener={listener} /> },
    { value: 'calls', label: 'Calls', content: <ListenerCalls listener={listener} /> },
    { value: 'who', label: 'Who may call', content: <WhoMayCall listener={listener} /> },
    { value: 'settings', label: 'Settings', content: <ListenerSettings listener={listener} canEdit={canEdit} /> }
  ]
  const value = tabs.some((view) => view.value === tab) ? tab : 'try'
  return (
    <Tabs
      label="Views of the listener"
      value={value}
      tabs={tabs}
      onChange={(next) => setQuery({ tab: next === 'try' ? undefined : next })}
    />
  )
}

function DeleteListener({ listener, open, onClose }: { listener: Listener; open: boolean; onClose: () => void }) {
  const go = useGo()
  return (
    <Confirm
      open={open}
      onClose={onClose}
      title={`Delete ${listener.name}?`}
      action="Delete listener"
      onConfirm={async () => {
        await call('DELETE', `/v1/listeners/${listener.id}`)
        notify('Listener deleted')
        await refresh('/v1/workspaces')
        await go('/listeners')
      }}
    >
      <p>From the next call on, its URL answers as if it had never existed. This cannot be undone.</p>
    </Confirm>
  )
}
