import type { Customer, Page, RunSummary } from '../../api/types.ts'
import { useRead } from '../../api/use-api.ts'
import { durationText } from '../../lib/time.ts'
import { useAllListeners } from '../tokens/listeners.ts'
import { listenerName } from '../tokens/Refused.tsx'
import { Empty } from '../../ui/Empty.tsx'
import { Link } from '../../ui/Link.tsx'
import { RunStatus } from '../../ui/RunStatus.tsx'
import { Section } from '../../ui/Section.tsx'
import { Table } from '../../ui/Table.tsx'
import { Time } from '../../ui/Time.tsx'

const READ = 200
const SHOWN = 20

/** What the customer called, of the newest runs. */
export function CustomerRuns({ workspaceId, customer }: { workspaceId: string; customer: Customer }) {
  const { listeners } = useAllListeners()
  const runs = useRead<Page<RunSummary>>('/v1/runs', { query: { limit: READ } })
  const own = runs.data?.items.filter(
    (run) =>
      run.workspaceId === workspaceId &&
      run.caller.kind === 'customer' &&
      (run.caller.id === customer.id || run.caller.id === customer.internalId)
  )
  return (
    <Section title="Runs" panel={false} beside={<span className="dim small">of the newest {READ} runs</span>}>
      <Table
        label="Runs of the customer"
        rows={{ ...runs, data: own?.slice(0, SHOWN) }}
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
          { label: 'Listener', cell: ({ listenerId }) => listenerName(listeners, listenerId) },
          { label: 'Status', cell: ({ status }) => <RunStatus status={status} /> },
          {
            label: 'Took',
            cell: ({ startedAt, finishedAt }) =>
              finishedAt ? durationText(Date.parse(finishedAt) - Date.parse(startedAt)) : '–'
          }
        ]}
      />
    </Section>
  )
}
