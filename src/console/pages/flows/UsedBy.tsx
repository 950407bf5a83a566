import type { Flow } from '../../api/types.ts'
import { ButtonLink } from '../../ui/Button.tsx'
import { Empty } from '../../ui/Empty.tsx'
import { Link } from '../../ui/Link.tsx'
import { Table } from '../../ui/Table.tsx'
import { Tag } from '../../ui/Tag.tsx'
import { methodsText, modeText } from '../../words/listeners.ts'
import { useAllListeners } from '../tokens/listeners.ts'

/** The listeners that run the flow. */
export default function UsedBy({ flow: { id }, canEdit }: { flow: Flow; canEdit: boolean }) {
  const { listeners, loading, error, refetch } = useAllListeners()
  return (
    <Table
      label="Listeners"
      rows={{
        data: loading || error !== undefined ? undefined : listeners.filter(({ flowId }) => flowId === id),
        error,
        refetch
      }}
      rowId={(listener) => listener.id}
      columns={[
        { label: 'Listener', cell: (listener) => <Link to={`/listeners/${listener.id}`}>{listener.name}</Link> },
        { label: 'Methods', cell: ({ methods }) => methodsText(methods) },
        { label: 'Answers', cell: ({ mode }) => modeText(mode) },
        { label: 'Enabled', cell: ({ enabled }) => <Tag tone={enabled ? 'ok' : 'plain'}>{enabled ? 'on' : 'off'}</Tag> }
      ]}
      empty={
        <Empty
          actions={
            canEdit && (
              <ButtonLink to="/listeners/new" search={{ flow: id }} look="primary">
                Create listener
              </ButtonLink>
            )
          }
        >
          No listener runs this flow. A listener is a URL; calling it runs a flow.
        </Empty>
      }
    />
  )
}
