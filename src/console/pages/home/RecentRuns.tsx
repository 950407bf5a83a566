import type { Page, RunSummary } from '../../api/types.ts'
import { durationText } from '../../lib/time.ts'
import { useAllListeners } from '../tokens/listeners.ts'
import { Empty } from '../../ui/Empty.tsx'
import { Link } from '../../ui/Link.tsx'
import { RunStatus } from '../../ui/RunStatus.tsx'
import { Section } from '../../ui/Section.tsx'
import { Table } from '../../ui/Table.tsx'
import { Time } from '../../ui/Time.tsx'

const SHOWN = 10

/** The newest runs of all workspaces. */
export function RecentRuns({
  runs
}: {
  runs: { data: Page<RunSummary> | undefined; error: unknown; refetch: () => unknown }
}) {
  const { listenerName } = useAllListeners()
  return (
    <Section title="Recent runs" panel={false} beside={<Link to="/runs">All runs</Link>}>
      <Table
        label="Recent runs"
        rows={{ ...runs, data: runs.data?.items.slice(0, SHOWN) }}
        rowId={({ id }) => id}
        empty={<Empty>No runs yet. Each call of a listener makes one.</Empty>}
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
          { label: 'Called by', cell: ({ caller }) => caller.name ?? caller.kind },
          {
            label: 'Took',
            tight: true,
            cell: ({ durationMs }) => (durationMs === null ? '–' : durationText(durationMs))
          }
        ]}
      />
    </Section>
  )
}
