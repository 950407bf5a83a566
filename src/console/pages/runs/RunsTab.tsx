import { useState } from 'react'
import type { Page, Token } from '../../api/types.ts'
import { useRead } from '../../api/use-api.ts'
import { useWorkspace } from '../../frame/workspace.ts'
import { useQueryText } from '../../lib/navigation.ts'
import { plural } from '../../lib/plural.ts'
import { RANGE_DEFAULT, RANGE_LONGEST, RANGE_OPTIONS, useRange } from '../../lib/ranges.ts'
import { Button } from '../../ui/Button.tsx'
import { Confirm } from '../../ui/Confirm.tsx'
import { Empty } from '../../ui/Empty.tsx'
import { notify } from '../../ui/notify.tsx'
import { Select, type Option } from '../../ui/Select.tsx'
import { useFlows } from '../flows/use-flows.ts'
import { useAllListeners } from '../tokens/listeners.ts'
import { replayRuns } from './replay.ts'
import { RunTable } from './RunTable.tsx'
import { useRuns } from './use-runs.ts'

const EVERY_MS = 5_000
const FILTERS = ['status', 'flow', 'listener', 'token'] as const

const STATUSES: readonly Option[] = [
  { value: '', label: 'Any' },
  ...['queued', 'running', 'waiting', 'succeeded', 'failed', 'cancelled'].map((value) => ({ value, label: value }))
]

/** The runs of a workspace, filtered by the URL. */
export function RunsTab({ workspaceId }: { workspaceId: string }) {
  const { canEdit } = useWorkspace()
  const [query, setQuery] = useQueryText()
  const { status, flow, listener, token, range: rangeValue = RANGE_DEFAULT } = query
  const range = useRange(rangeValue)
  const [selected, setSelected] = useState<ReadonlySet<string>>(new Set())
  const [asking, setAsking] = useState(false)
  const rows = useRuns(
    { workspaceId, listenerId: listener, flowId: flow, tokenId: token, status, since: range.since },
    { every: EVERY_MS }
  )
  const chosen = (rows.data ?? []).filter((run) => selected.has(run.id) && run.status === 'failed')
  const filtered = FILTERS.some((name) => query[name])
  const clear = (): void => setQuery(Object.fromEntries(FILTERS.map((name) => [name, undefined])))

  async function replayChosen(): Promise<void> {
    const queued = await replayRuns(chosen.map(({ id }) => id))
    notify(`${plural(queued, 'run')} queued`)
    setSelected(new Set())
  }

  return (
    <div className="stack">
      <Filters workspaceId={workspaceId} />
      {canEdit && chosen.length > 0 && (
        <div className="panel row justify-between px-3 py-2">
          <span>{plural(chosen.length, 'failed run')} selected</span>
          <Button onClick={() => setAsking(true)}>Replay {plural(chosen.length, 'run')}…</Button>
        </div>
      )}
      <RunTable
        rows={rows}
        onClearFilters={filtered ? clear : undefined}
        selection={canEdit ? { selected, onChange: setSelected, nameOf: ({ id }) => id } : undefined}
        empty={
          <Empty
            actions={
              rangeValue !== RANGE_LONGEST && (
                <Button onClick={() => setQuery({ range: RANGE_LONGEST })}>Show 30 days</Button>
              )
            }
          >
            No runs in {range.words}. Each call of a listener makes one.
          </Empty>
        }
      />
      <Confirm
        open={asking}
        onClose={() => setAsking(false)}
        title={`Replay ${plural(chosen.length, 'run')}?`}
        action={chosen.length === 1 ? 'Replay run' : 'Replay runs'}
        danger={false}
        {...(chosen.length > 1 ? { typed: String(chosen.length) } : {})}
        onConfirm={replayChosen}
      >
        <p>Each runs again on its own input, with the version of its flow that is published now.</p>
      </Confirm>
    </div>
  )
}

function Filters({ workspaceId }: { workspaceId: string }) {
  const [query, setQuery] = useQueryText()
  const { flows } = useFlows(workspaceId)
  const { listeners } = useAllListeners()
  const tokens = useRead<Page<Token>>('/v1/tokens', { query: { limit: 200 } })
  const any = (all: readonly { id: string; name: string }[]): Option[] => [
    { value: '', label: 'Any' },
    ...all.map(({ id, name }) => ({ value: id, label: name }))
  ]
  const field = (name: string) => ({
    value: query[name] ?? '',
    onChange: (next: string) => setQuery({ [name]: next || undefined })
  })
  return (
    <div className="grid grid-cols-2 gap-3 sm:grid-cols-3 lg:grid-cols-5">
      <Select label="Status" options={STATUSES} {...field('status')} />
      <Select label="Flow" options={any(flows)} {...field('flow')} />
      <Select
        label="Listener"
        options={any(listeners.filter((listener) => listener.workspaceId === workspaceId))}
        {...field('listener')}
      />
      <Select label="Token" options={any(tokens.data?.items ?? [])} {...field('token')} />
      <Select
        label="Started"
        options={RANGE_OPTIONS}
        value={query['range'] ?? RANGE_DEFAULT}
        onChange={(next) => setQuery({ range: next === RANGE_DEFAULT ? undefined : next })}
      />
    </div>
  )
}
