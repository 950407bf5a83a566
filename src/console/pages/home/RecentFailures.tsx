import type { Page, RunSummary } from '../../api/types.ts'
import { useRead } from '../../api/use-api.ts'
import { useAllListeners } from '../tokens/listeners.ts'
import { Link } from '../../ui/Link.tsx'
import { Section } from '../../ui/Section.tsx'
import { Time } from '../../ui/Time.tsx'

const SHOWN = 5
const EVERY_MS = 15_000

/** The newest failed runs, each with its error. Renders nothing if there is none. */
export function RecentFailures() {
  const { listenerName } = useAllListeners()
  const failed = useRead<Page<RunSummary>>('/v1/runs', { query: { status: 'failed', limit: SHOWN }, every: EVERY_MS })
  const runs = failed.data?.items ?? []
  if (runs.length === 0) return null
  return (
    <Section
      title="Recent failures"
      beside={
        <Link to="/runs" search={{ status: 'failed' }}>
          All failed runs
        </Link>
      }
    >
      <ul className="flex flex-col gap-2">
        {runs.map(({ id, startedAt, listenerId, error }) => (
          <li key={id} className="break-words">
            <Link to={`/runs/${id}`}>{error?.title ?? 'Failed'}</Link> {error && `(${error.status})`}{' '}
            <span className="dim">
              {listenerId && `${listenerName(listenerId)}, `}
              <Time at={startedAt} />
            </span>
          </li>
        ))}
      </ul>
    </Section>
  )
}
