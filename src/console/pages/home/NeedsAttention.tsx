import type { ReactNode } from 'react'
import type { DeadLetter, Event, Page, RunSummary, Token, Workspace } from '../../api/types.ts'
import { useRead } from '../../api/use-api.ts'
import { plural } from '../../lib/plural.ts'
import { useSchedules } from '../schedules/use-schedules.ts'
import { endsSoon } from '../tokens/token-state.tsx'
import { Link } from '../../ui/Link.tsx'
import { Section } from '../../ui/Section.tsx'
import { Time } from '../../ui/Time.tsx'

const DAY_MS = 86_400_000
const READ = 50
const EVERY_MS = 30_000

interface Item {
  key: string
  content: ReactNode
}

/** What will break soon, or has just broken. Renders nothing if there is nothing. */
export function NeedsAttention({
  tokens,
  runs,
  workspace
}: {
  tokens: readonly Token[]
  runs: readonly RunSummary[]
  workspace: Workspace | undefined
}) {
  const own = [...tokens.filter(endsSoon).map(ofToken), ...ofFailed(runs)]
  return workspace ? (
    <WithWorkspace key={workspace.id} workspaceId={workspace.id} own={own} />
  ) : (
    <Attention items={own} />
  )
}

function WithWorkspace({ workspaceId, own }: { workspaceId: string; own: readonly Item[] }) {
  const path = `/v1/workspaces/${workspaceId}`
  const query = { query: { limit: READ }, every: EVERY_MS }
  const letters = useRead<Page<DeadLetter>>(`${path}/dead-letters`, query)
  const events = useRead<Page<Event>>(`${path}/events`, query)
  const schedules = useSchedules(workspaceId)
  const items = [
    ...own,
    ...ofLetters(letters.data?.items ?? []),
    ...ofEvents(events.data?.items ?? []),
    ...(schedules.data ?? []).filter(({ paused }) => paused).map(ofSchedule)
  ]
  return <Attention items={items} />
}

function Attention({ items }: { items: readonly Item[] }) {
  if (items.length === 0) return null
  return (
    <Section title="Needs attention">
      <ul className="flex flex-col gap-1.5">
        {items.map(({ key, content }) => (
          <li key={key}>{content}</li>
        ))}
      </ul>
    </Section>
  )
}

function ofToken({ id, name, expiresAt }: Token): Item {
  return {
    key: id,
    content: (
      <>
        Token <Link to={`/tokens/${id}`}>{name}</Link> ends <Time at={expiresAt ?? ''} />.
      </>
    )
  }
}

function ofFailed(runs: readonly RunSummary[]): Item[] {
  const failed = runs.filter(({ status, startedAt }) => status === 'failed' && isRecent(startedAt))
  const [latest] = failed
  if (!latest) return []
  return [
    {
      key: 'failed',
      content: (
        <>
          <Link to="/runs" search={{ status: 'failed' }}>
            {plural(failed.length, 'run')} failed
          </Link>{' '}
          in the last 24 hours, the latest <Time at={latest.startedAt} />.
        </>
      )
    }
  ]
}

function ofLetters(letters: readonly DeadLetter[]): Item[] {
  const [latest] = letters
  if (!latest) return []
  return [
    {
      key: 'given up',
      content: (
        <>
          {plural(letters.length, 'run')} given up after several starts, the latest{' '}
          <Link to={`/runs/${latest.runId}`}>
            <Time at={latest.at} />
          </Link>
          .
        </>
      )
    }
  ]
}

function ofEvents(events: readonly Event[]): Item[] {
  const failed = events.filter(({ delivery, createdAt }) => delivery.status === 'failed' && isRecent(createdAt))
  if (failed.length === 0) return []
  return [
    {
      key: 'events',
      content: (
        <>
          <Link to="/events">{plural(failed.length, 'event')}</Link> of the last 24 hours could not be delivered.
        </>
      )
    }
  ]
}

function ofSchedule({ flowId, name }: { flowId: string; name: string }): Item {
  return {
    key: `schedule ${flowId}`,
    content: (
      <>
        The schedule of {name} is paused: <Link to="/schedules">schedules</Link>.
      </>
    )
  }
}

function isRecent(at: string): boolean {
  return Date.now() - Date.parse(at) < DAY_MS
}
