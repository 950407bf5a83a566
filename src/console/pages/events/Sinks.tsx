import { useState } from 'react'
import { call } from '../../api/call.ts'
import type { EventSink } from '../../api/types.ts'
import { useAction } from '../../api/use-action.ts'
import { refresh, useList } from '../../api/use-api.ts'
import { useWorkspace } from '../../frame/workspace.ts'
import { holdSecret, useHeldSecret } from '../../lib/held-secret.ts'
import { Confirm } from '../../ui/Confirm.tsx'
import { Dialog } from '../../ui/Dialog.tsx'
import { Empty } from '../../ui/Empty.tsx'
import { ErrorNote } from '../../ui/ErrorNote.tsx'
import { Menu } from '../../ui/Menu.tsx'
import { notify } from '../../ui/notify.tsx'
import { Section } from '../../ui/Section.tsx'
import { ShownOnce } from '../../ui/ShownOnce.tsx'
import { Table, type Column } from '../../ui/Table.tsx'
import { Tag } from '../../ui/Tag.tsx'
import { Time } from '../../ui/Time.tsx'
import { RotateSink } from './RotateSink.tsx'
import { NO_SINK, valuesOf } from './sink-values.ts'
import { SinkForm } from './SinkForm.tsx'
import { VerifySnippet } from './VerifySnippet.tsx'

/** The dialog that is open for a sink. */
interface Doing {
  sink: EventSink
  what: 'change' | 'rotate' | 'remove'
}

/** The sinks, with a secret that was just created. */
export function Sinks({ workspaceId }: { workspaceId: string }) {
  const { isOwner } = useWorkspace()
  const path = `/v1/workspaces/${workspaceId}/sinks`
  const rows = useList<EventSink>(path)
  const held = useHeldSecret(path)
  const [doing, setDoing] = useState<Doing>()
  const close = (): void => setDoing(undefined)
  const patch = useAction(async ({ id, enabled }: EventSink) => {
    await call('PATCH', `${path}/${id}`, { body: { enabled: !enabled } })
    notify(enabled ? 'Sink switched off' : 'Sink switched on')
    await refresh(path)
  })
  const show = (secret: string): void => {
    holdSecret(path, secret)
    scrollTo({ top: 0 })
  }

  const columns: Column<EventSink>[] = [
    { label: 'Delivered to', cell: ({ url }) => <code>{url}</code> },
    { label: 'Types', cell: ({ types }) => (types.length === 0 ? 'every type' : types.join(', ')) },
    { label: 'State', cell: ({ enabled }) => <Tag tone={enabled ? 'ok' : 'plain'}>{enabled ? 'on' : 'off'}</Tag> },
    { label: 'Since', cell: ({ createdAt }) => <Time at={createdAt} /> }
  ]
  if (isOwner)
    columns.push({
      label: 'Actions',
      quiet: true,
      cell: (sink) => (
        <Menu
          label={`Actions for ${sink.url}`}
          trigger="…"
          groups={[
            {
              items: [
                { label: 'Change…', onSelect: () => setDoing({ sink, what: 'change' }) },
                { label: 'Rotate secret…', onSelect: () => setDoing({ sink, what: 'rotate' }) },
                { label: sink.enabled ? 'Switch off' : 'Switch on', onSelect: () => void patch.run(sink) }
              ]
            },
            { items: [{ label: 'Remove…', danger: true, onSelect: () => setDoing({ sink, what: 'remove' }) }] }
          ]}
        />
      )
    })

  return (
    <>
      {held && (
        <ShownOnce
          held={held}
          what="secret"
          why="Deliveries are signed with it. It is kept sealed, and nobody can show it again."
          remedy="rotate it"
        />
      )}
      <Section title="Sinks" panel={false}>
        {patch.error !== undefined && <ErrorNote error={patch.error} />}
        <Table
          label="Sinks"
          rows={rows}
          columns={columns}
          rowId={({ id }) => id}
          empty={<Empty>No sink is set: events are kept here, and delivered nowhere.</Empty>}
        />
      </Section>
      {isOwner && (
        <Section title="Add a sink">
          <SinkForm
            first={NO_SINK}
            action="Add sink"
            urlHint="Each event is sent there as a POST, signed with a secret that is shown once."
            onSend={async (body) => {
              const { secret } = await call<{ secret: string }>('POST', path, { body })
              show(secret)
              notify('Sink added')
              await refresh(path)
            }}
          />
          <VerifySnippet />
        </Section>
      )}
      <Dialog open={doing?.what === 'change'} onClose={close} title="Change the sink">
        {doing && (
          <SinkForm
            first={valuesOf(doing.sink)}
            action="Save sink"
            onSend={async (body) => {
              await call('PATCH', `${path}/${doing.sink.id}`, { body })
              notify('Sink saved')
              close()
              await refresh(path)
            }}
          />
        )}
      </Dialog>
      <Dialog open={doing?.what === 'rotate'} onClose={close} title="Rotate the secret of the sink">
        {doing && (
          <RotateSink
            path={`${path}/${doing.sink.id}`}
            onRotated={(secret) => {
              close()
              show(secret)
            }}
          />
        )}
      </Dialog>
      <Confirm
        open={doing?.what === 'remove'}
        onClose={close}
        title="Remove the sink?"
        action="Remove sink"
        onConfirm={async () => {
          await call('DELETE', `${path}/${doing?.sink.id ?? ''}`)
          notify('Sink removed')
          await refresh(path)
        }}
      >
        No more events are delivered to it, and those that wait are given up. Events are still kept here.
      </Confirm>
    </>
  )
}
