import type { ReactNode } from 'react'
import type { Caller, RunSummary } from '../../api/types.ts'
import { durationText } from '../../lib/time.ts'
import { Link } from '../../ui/Link.tsx'
import { RunStatus } from '../../ui/RunStatus.tsx'
import { Table, type Column, type TableProps } from '../../ui/Table.tsx'
import { Time } from '../../ui/Time.tsx'
import { SIGNER_WORDS } from '../../words/listeners.ts'
import { useFlows } from '../flows/use-flows.ts'
import { useAllListeners } from '../tokens/listeners.ts'

type Shown = Pick<TableProps<RunSummary>, 'rows' | 'empty' | 'onClearFilters' | 'selection'>

/** Runs, newest first. `hide` names columns that the page does not need. */
export function RunTable({ hide = [], ...table }: Shown & { hide?: readonly string[] }) {
  const { nameOf } = useFlows(table.rows.data?.[0]?.workspaceId)
  const { listenerName } = useAllListeners()
  const columns: Column<RunSummary>[] = [
    {
      label: 'Started',
      tight: true,
      cell: ({ id, startedAt }) => (
        <Link to={`/runs/${id}`}>
          <Time at={startedAt} log />
        </Link>
      )
    },
    {
      label: 'Flow',
      cell: ({ flowId, flowVersion }) => (
        <>
          <Link to={`/flows/${flowId}`}>{nameOf(flowId)}</Link> <span className="dim">({flowVersion})</span>
        </>
      )
    },
    { label: 'Status', cell: ({ status }) => <RunStatus status={status} /> },
    { label: 'Called by', cell: ({ caller }) => callerText(caller) },
    {
      label: 'Listener',
      cell: ({ listenerId }) =>
        listenerId === null ? (
          <span className="dim">schedule</span>
        ) : (
          <Link to={`/listeners/${listenerId}`}>{listenerName(listenerId)}</Link>
        )
    },
    { label: 'Took', tight: true, cell: tookText },
    { label: 'Error', cell: errorText }
  ]
  return (
    <Table
      label="Runs"
      {...table}
      rowId={({ id }) => id}
      columns={columns.filter(({ label }) => !hide.includes(label))}
    />
  )
}

export function callerText({ kind, name, id, triedBy }: Caller): string {
  if (kind === 'signed' && typeof id === 'string') return `signed by ${SIGNER_WORDS[id] ?? id}`
  const caller = kind === 'token' ? `token of ${name ?? id ?? 'a deleted account'}` : (name ?? id ?? kind)
  return triedBy === undefined ? caller : `${caller}, as a try`
}

function tookText({ durationMs }: RunSummary): ReactNode {
  return durationMs === null ? '–' : durationText(durationMs)
}

function errorText({ error }: RunSummary): ReactNode {
  return error ? `${error.status} ${error.title ?? ''}`.trim() : '–'
}
