import type { Listener } from '../../api/types.ts'
import { useRange } from '../../lib/ranges.ts'
import { Empty } from '../../ui/Empty.tsx'
import { RequestTable } from '../requests/RequestTable.tsx'
import { useRequests } from '../requests/use-requests.ts'

const EVERY_MS = 2_000

/** The calls of the listener, with their answers. */
export function ListenerCalls({ listener: { id, workspaceId } }: { listener: Listener }) {
  const { since } = useRange('7d')
  const rows = useRequests({ workspaceId, listenerId: id, since }, EVERY_MS)
  return (
    <RequestTable
      rows={rows}
      hide={['Listener']}
      empty={<Empty>No calls in the last 7 days. The next one appears here by itself.</Empty>}
    />
  )
}
