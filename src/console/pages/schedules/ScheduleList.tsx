import { useState } from 'react'
import { call } from '../../api/call.ts'
import { useAction } from '../../api/use-action.ts'
import { refresh } from '../../api/use-api.ts'
import { InWorkspace } from '../../frame/InWorkspace.tsx'
import { RoleNote } from '../../frame/RoleNote.tsx'
import { useWorkspace } from '../../frame/workspace.ts'
import { ruleText, ruleWords } from '../../words/schedule.ts'
import { Button, ButtonLink } from '../../ui/Button.tsx'
import { Empty } from '../../ui/Empty.tsx'
import { ErrorNote } from '../../ui/ErrorNote.tsx'
import { Link } from '../../ui/Link.tsx'
import { notify } from '../../ui/notify.tsx'
import { PageHead } from '../../ui/PageHead.tsx'
import { RunStatus } from '../../ui/RunStatus.tsx'
import { Table, type Column } from '../../ui/Table.tsx'
import { Tag } from '../../ui/Tag.tsx'
import { Time } from '../../ui/Time.tsx'
import { TimeZoneDialog } from './TimeZoneDialog.tsx'
import { useSchedules, type ScheduleItem } from './use-schedules.ts'

export default function ScheduleList() {
  return (
    <>
      <PageHead title="Schedules" about="When published flows start by themselves." />
      <RoleNote />
      <InWorkspace>{({ id }) => <Schedules key={id} workspaceId={id} />}</InWorkspace>
    </>
  )
}

function Schedules({ workspaceId }: { workspaceId: string }) {
  const { canEdit } = useWorkspace()
  const rows = useSchedules(workspaceId)
  const [zoned, setZoned] = useState<ScheduleItem>()
  const pause = useAction(async ({ flowId, paused, name }: ScheduleItem) => {
    await changeSchedule(flowId, { paused: !paused })
    notify(paused ? `${name} goes on` : `${name} is paused`)
  })
  const columns: Column<ScheduleItem>[] = [
    { label: 'Flow', cell: ({ flowId, name }) => <Link to={`/flows/${flowId}`}>{name}</Link> },
    { label: 'Rule', cell: (item) => <Rule item={item} /> },
    { label: 'Next', cell: (item) => <Next item={item} /> },
    { label: 'Last run', cell: ({ lastRun }) => <LastRun run={lastRun} /> },
    {
      label: 'State',
      cell: ({ paused }) => (paused ? <Tag tone="warn">paused</Tag> : <Tag tone="ok">on</Tag>)
    },
    ...(canEdit
      ? [
          {
            label: 'Actions',
            cell: (item: ScheduleItem) => (
              <span className="row">
                <Button onClick={() => void pause.run(item)}>{item.paused ? 'Go on' : 'Pause'}</Button>
                {ruleText(item.rule) !== undefined && <Button onClick={() => setZoned(item)}>Change time zone…</Button>}
              </span>
            )
          }
        ]
      : [])
  ]
  return (
    <>
      {pause.error !== undefined && <ErrorNote error={pause.error} />}
      <Table
        label="Schedules"
        rows={rows}
        columns={columns}
        rowId={({ flowId }) => flowId}
        empty={
          <Empty
            actions={
              <ButtonLink to="/flows" look="primary">
                Open flows
              </ButtonLink>
            }
          >
            No published flow has a schedule. Add <code>schedule.every</code> or <code>schedule.cron</code> to one.
          </Empty>
        }
      />
      {zoned && (
        <TimeZoneDialog
          item={zoned}
          onClose={() => setZoned(undefined)}
          onSend={(timeZone) => changeSchedule(zoned.flowId, { timeZone })}
        />
      )}
    </>
  )
}

async function changeSchedule(flowId: string, body: { paused?: boolean; timeZone?: string }): Promise<void> {
  await call('PATCH', `/v1/flows/${flowId}/schedule`, { body })
  await refresh('/v1/workspaces', `/v1/flows/${flowId}/schedule`)
}

function Rule({ item: { rule, timeZone } }: { item: ScheduleItem }) {
  const words = ruleWords(rule)
  const text = ruleText(rule)
  return (
    <>
      {words} {text !== undefined && <span className="dim">{timeZone}</span>}
      {text !== undefined && (
        <div>
          <code className="dim">{text}</code>
        </div>
      )}
    </>
  )
}

function Next({ item: { next } }: { item: ScheduleItem }) {
  const [first, ...later] = next
  if (first === undefined) return <span className="dim">none</span>
  if (later.length === 0) return <Time at={first} />
  return (
    <details>
      <summary className="cursor-pointer">
        <Time at={first} />
      </summary>
      <ul>
        {later.map((at) => (
          <li key={at}>
            <Time at={at} log />
          </li>
        ))}
      </ul>
    </details>
  )
}

function LastRun({ run }: { run: ScheduleItem['lastRun'] }) {
  if (!run) return <span className="dim">never</span>
  return (
    <span className="row">
      <Link to={`/runs/${run.runId}`}>
        <Time at={run.at} />
      </Link>
      {run.status && <RunStatus status={run.status} />}
    </span>
  )
}
