import type { Flow } from '../../api/types.ts'
import { useRange } from '../../lib/ranges.ts'
import { Empty } from '../../ui/Empty.tsx'
import { RunTable } from '../runs/RunTable.tsx'
import { useRuns } from '../runs/use-runs.ts'

const EVERY_MS = 5_000

export default function FlowRuns({ flow: { id, workspaceId } }: { flow: Flow }) {
  const { since } = useRange('7d')
  const rows = useRuns({ workspaceId, flowId: id, since }, { every: EVERY_MS })
  return (
    <div className="stack">
      <RunTable
        rows={rows}
        hide={['Called by']}
        empty={<Empty>No runs in the last 7 days. Each call of a listener that runs this flow makes one.</Empty>}
      />
    </div>
  )
}
