import { useState } from 'react'
import type { DeadLetter } from '../../api/types.ts'
import { useAction } from '../../api/use-action.ts'
import { useList } from '../../api/use-api.ts'
import { useWorkspace } from '../../frame/workspace.ts'
import { useGo } from '../../lib/navigation.ts'
import { plural } from '../../lib/plural.ts'
import { Button } from '../../ui/Button.tsx'
import { Confirm } from '../../ui/Confirm.tsx'
import { Empty } from '../../ui/Empty.tsx'
import { ErrorNote } from '../../ui/ErrorNote.tsx'
import { shortId } from '../../ui/Id.tsx'
import { Link } from '../../ui/Link.tsx'
import { notify } from '../../ui/notify.tsx'
import { Table, type Column } from '../../ui/Table.tsx'
import { Time } from '../../ui/Time.tsx'
import { replayRun, replayRuns } from './replay.ts'

const EVERY_MS = 10_000

/** Dead letters: runs that no process finished, because each process that ran them died or froze. */
export function GivenUp({ workspaceId }: { workspaceId: string }) {
  const { canEdit } = useWorkspace(workspaceId)
  const rows = useList<DeadLetter>(`/v1/workspaces/${workspaceId}/dead-letters`, { every: EVERY_MS })
  const [asking, setAsking] = useState(false)
  const ids = (rows.data ?? []).map(({ runId }) => runId)
  const columns: Column<DeadLetter>[] = [
    { label: 'Given up', cell: ({ at }) => <Time at={at} log /> },
    { label: 'Run', cell: ({ runId }) => <Link to={`/runs/${runId}`}>{shortId(runId)}</Link> },
    { label: 'Starts', cell: ({ attempts }) => plural(attempts, 'attempt') },
    ...(canEdit ? [{ label: 'Actions', quiet: true, cell: ({ runId }: DeadLetter) => <Replay id={runId} /> }] : [])
  ]
  return (
    <div className="stack">
      {canEdit && ids.length > 1 && (
        <div>
          <Button onClick={() => setAsking(true)}>Replay all {ids.length}…</Button>
        </div>
      )}
      <Table
        label="Given up"
        rows={rows}
        columns={columns}
        rowId={({ runId }) => runId}
        empty={
          <Empty>
            Nothing was given up. That happens to a queued run whose process ends again and again before the run does.
          </Empty>
        }
      />
      <Confirm
        open={asking}
        onClose={() => setAsking(false)}
        title={`Replay ${plural(ids.length, 'run')}?`}
        action="Replay runs"
        typed={String(ids.length)}
        danger={false}
        onConfirm={async () => notify(`${plural(await replayRuns(ids), 'run')} queued`)}
      >
        <p>Each runs again on its own input. Whatever ended the processes may do so again.</p>
      </Confirm>
    </div>
  )
}

function Replay({ id }: { id: string }) {
  const go = useGo()
  const replay = useAction(async () => go(`/runs/${await replayRun(id)}`))
  return (
    <>
      <Button pending={replay.pending} onClick={() => void replay.run()}>
        Replay
      </Button>
      {replay.error !== undefined && <ErrorNote error={replay.error} />}
    </>
  )
}
