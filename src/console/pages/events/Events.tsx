import type { EmittedEvent } from './event.ts'
import { useList } from '../../api/use-api.ts'
import { InWorkspace } from '../../frame/InWorkspace.tsx'
import { RoleNote } from '../../frame/RoleNote.tsx'
import { useWorkspace } from '../../frame/workspace.ts'
import { usePageVisible } from '../../lib/use-page-visible.ts'
import { Empty } from '../../ui/Empty.tsx'
import { Json } from '../../ui/Json.tsx'
import { Live } from '../../ui/Live.tsx'
import { PageHead } from '../../ui/PageHead.tsx'
import { Section } from '../../ui/Section.tsx'
import { Table, type Column } from '../../ui/Table.tsx'
import { Tag, type Tone } from '../../ui/Tag.tsx'
import { Time } from '../../ui/Time.tsx'
import { Redeliver } from './Redeliver.tsx'
import { Sinks } from './Sinks.tsx'

const EVERY_MS = 5_000

export default function Events() {
  return (
    <>
      <PageHead
        title="Events"
        about="CloudEvents that flows and the gateway emitted, and where they are delivered to."
      />
      <RoleNote needs="owner" />
      <InWorkspace>
        {({ id }) => (
          <div key={id} className="stack">
            <Sinks workspaceId={id} />
            <Emitted workspaceId={id} />
          </div>
        )}
      </InWorkspace>
    </>
  )
}

function Emitted({ workspaceId }: { workspaceId: string }) {
  const { canEdit } = useWorkspace()
  const visible = usePageVisible()
  const rows = useList<EmittedEvent>(`/v1/workspaces/${workspaceId}/events`, { every: EVERY_MS })
  return (
    <Section title="Emitted events" panel={false} beside={<Live listening={visible && !rows.error} />}>
      <Table
        label="Events"
        rows={rows}
        columns={canEdit ? [...COLUMNS, ACTIONS] : COLUMNS}
        rowId={({ id }) => id}
        empty={
          <Empty actions={<a href="/docs">API reference</a>}>
            No events yet. A step with emit in a flow makes one; it stands here with what became of its delivery.
          </Empty>
        }
      />
    </Section>
  )
}

const TONES: Readonly<Record<EmittedEvent['delivery']['status'], Tone>> = {
  none: 'plain',
  pending: 'warn',
  delivered: 'ok',
  failed: 'bad'
}
const WORDS: Readonly<Record<EmittedEvent['delivery']['status'], string>> = {
  none: 'no sink',
  pending: 'waiting',
  delivered: 'delivered',
  failed: 'given up'
}

const COLUMNS: Column<EmittedEvent>[] = [
  { label: 'When', cell: ({ createdAt }) => <Time at={createdAt} log /> },
  { label: 'Type', cell: ({ event }) => textOf(event?.type) },
  { label: 'Source', cell: ({ event }) => textOf(event?.source) },
  {
    label: 'Delivery',
    cell: ({ delivery: { status, failure }, deliveries }) => (
      <>
        <Tag tone={TONES[status]}>{WORDS[status]}</Tag>
        {deliveries.length > 1 && (
          <div className="small">
            {deliveries.filter((one) => one.status === 'delivered').length} of {deliveries.length} sinks have it
          </div>
        )}
        {failure && <div className="small">{failure}</div>}
      </>
    )
  },
  { label: 'Attempts', cell: ({ delivery }) => delivery.attempts.toLocaleString('en') },
  {
    label: 'Next try',
    cell: ({ delivery }) => (delivery.nextAttemptAt ? <Time at={delivery.nextAttemptAt} /> : '–')
  },
  {
    label: 'Event',
    cell: ({ id, event }) => (
      <details>
        <summary className="cursor-pointer">Show</summary>
        <Json value={event} label={`Event ${id}`} />
      </details>
    )
  }
]
const ACTIONS: Column<EmittedEvent> = { label: 'Actions', quiet: true, cell: ({ id }) => <Redeliver id={id} /> }

function textOf(value: unknown): string {
  return typeof value === 'string' ? value : '–'
}
