import type { Customer, RunSummary } from '../../api/types.ts'
import { useList } from '../../api/use-api.ts'
import { durationText } from '../../lib/time.ts'
import { useAllListeners } from '../tokens/listeners.ts'
import { Empty } from '../../ui/Empty.tsx'
import { Link } from '../../ui/Link.tsx'
import { RunStatus } from '../../ui/RunStatus.tsx'
import { Section } from '../../ui/Section.tsx'
import { Table } from '../../ui/Table.tsx'
import { Time } from '../../ui/Time.tsx'

const SHOWN = 20

/** The runs of the customer, newest first. */
export function CustomerRuns({ workspaceId, customer }: { workspaceId: string; customer: Customer }) {
  const { listenerName } = useAllListeners()
  const rows = useList<RunSummary>('/v1/runs', {
    query: { workspaceId, customerId: customer.internalId, limit: SHOWN }
  })
  return (
    <Section title="Runs" panel={false}>
      <Table
        label="Runs of the customer"
        rows={rows}
        rowId={({ id }) => id}
        empty={<Empty>No runs. Each call with a token of the customer makes one.</Empty>}
        columns={[
          {
            label: 'Started',
            cell: ({ id, startedAt }) => (
              <Link to={`/runs/${id}`}>
                <Time at={startedAt} />
              </Link>
            )
          },
          { label: 'Listener', cell: ({ listenerId }) => listenerName(listenerId) },
          { label: 'Status', cell: ({ status }) => <RunStatus status={status} /> },
          {
            label: 'Took',
            cell: ({ durationMs }) => (durationMs === null ? '–' : durationText(durationMs))
          }
        ]}
      />
    </Section>
  )
}
