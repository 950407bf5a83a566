import type { Run } from '../../api/types.ts'
import { Copy } from '../../ui/Copy.tsx'
import { durationText } from '../../lib/time.ts'
import { Facts } from '../../ui/Facts.tsx'
import { shortId } from '../../ui/Id.tsx'
import { Link } from '../../ui/Link.tsx'
import { Section } from '../../ui/Section.tsx'
import { Time } from '../../ui/Time.tsx'
import { useAllListeners } from '../tokens/listeners.ts'
import { listenerName } from '../tokens/Refused.tsx'
import { callerText } from './RunTable.tsx'

export function RunFacts({
  run,
  published,
  replayOf
}: {
  run: Run
  published: number | undefined
  replayOf: string | undefined
}) {
  const { listeners } = useAllListeners()
  const { caller, flowId, flowVersion, listenerId, startedAt, finishedAt, requestId } = run
  return (
    <Section title="About the run">
      <Facts
        facts={[
          [
            'Called by',
            caller.kind === 'token' && caller.tokenId ? (
              <>
                token <Link to={`/tokens/${caller.tokenId}`}>{caller.name ?? shortId(caller.tokenId)}</Link>
              </>
            ) : (
              callerText(caller)
            )
          ],
          [
            'Listener',
            listenerId === null ? (
              'none: it started by its schedule'
            ) : (
              <Link key="listener" to={`/listeners/${listenerId}`}>
                {listenerName(listeners, listenerId)}
              </Link>
            )
          ],
          [
            'Replay of',
            replayOf && (
              <Link key="replay" to={`/runs/${replayOf}`}>
                {shortId(replayOf)}
              </Link>
            )
          ],
          [
            'Version',
            <>
              <Link to={`/flows/${flowId}`} search={{ tab: 'versions' }}>
                {flowVersion}
              </Link>
              {published !== undefined && published !== flowVersion && (
                <>
                  {' '}
                  (published now: {published}){' '}
                  <Link to={`/flows/${flowId}/compare`} search={{ from: String(flowVersion), to: String(published) }}>
                    Compare
                  </Link>
                </>
              )}
            </>
          ],
          ['Started', <Time key="started" at={startedAt} />],
          ['Took', finishedAt ? durationText(Date.parse(finishedAt) - Date.parse(startedAt)) : undefined],
          [
            'Request id',
            <span key="request" className="inline-flex min-w-0 items-center gap-1">
              <Link to={`/requests/${requestId}`}>
                <code className="break-all">{requestId}</code>
              </Link>
              <Copy text={requestId} label="Copy request id" done="Request id copied" icon />
            </span>
          ]
        ]}
      />
    </Section>
  )
}
