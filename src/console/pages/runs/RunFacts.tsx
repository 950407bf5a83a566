import type { Run, Token } from '../../api/types.ts'
import { useRead } from '../../api/use-api.ts'
import { Copy } from '../../ui/Copy.tsx'
import { durationText } from '../../lib/time.ts'
import { Facts } from '../../ui/Facts.tsx'
import { shortId } from '../../ui/Id.tsx'
import { Link } from '../../ui/Link.tsx'
import { Section } from '../../ui/Section.tsx'
import { Time } from '../../ui/Time.tsx'
import { useAllListeners } from '../tokens/listeners.ts'
import { callerText } from './RunTable.tsx'

export function RunFacts({ run, published }: { run: Run; published: number | undefined }) {
  const { listenerName } = useAllListeners()
  const { caller, flowId, flowVersion, listenerId, startedAt, durationMs, requestId, replayOf, scheduled } = run
  return (
    <Section title="About the run">
      <Facts
        facts={[
          [
            'Called by',
            caller.kind === 'token' && caller.tokenId ? (
              <>
                token <TokenName id={caller.tokenId} /> of {caller.name ?? 'a deleted account'}
              </>
            ) : (
              callerText(caller)
            )
          ],
          [
            'Listener',
            listenerId === null ? (
              scheduled ? (
                'none: it started by its schedule'
              ) : (
                'none'
              )
            ) : (
              <Link key="listener" to={`/listeners/${listenerId}`}>
                {listenerName(listenerId)}
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
          ['Took', durationMs === null ? undefined : durationText(durationMs)],
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

/** The name of a token, which only its own account knows. */
function TokenName({ id }: { id: string }) {
  const { data } = useRead<Token>(`/v1/tokens/${id}`)
  return <Link to={`/tokens/${id}`}>{data?.name ?? shortId(id)}</Link>
}
