import { useRead } from '../../api/use-api.ts'
import { useParam } from '../../lib/navigation.ts'
import { durationText } from '../../lib/time.ts'
import { ButtonLink } from '../../ui/Button.tsx'
import { CheckList } from '../../ui/CheckList.tsx'
import { Facts } from '../../ui/Facts.tsx'
import { Id } from '../../ui/Id.tsx'
import { Link } from '../../ui/Link.tsx'
import { Loaded } from '../../ui/Loaded.tsx'
import { Note } from '../../ui/Note.tsx'
import { PageHead } from '../../ui/PageHead.tsx'
import { Section } from '../../ui/Section.tsx'
import { Split } from '../../ui/Split.tsx'
import { Time } from '../../ui/Time.tsx'
import { refusalOf } from '../../words/reasons.ts'
import { useAllListeners } from '../tokens/listeners.ts'
import { Credential } from './RequestTable.tsx'
import type { Outcome, RequestDetail } from './use-requests.ts'

const TITLES: Record<Outcome, string> = { answered: 'Answered', refused: 'Why it was refused', failed: 'Why it failed' }

export default function RequestPage() {
  const id = useParam('requestId')
  const request = useRead<RequestDetail>(`/v1/requests/${encodeURIComponent(id)}`)
  return (
    <Loaded query={request} page>
      {(data) => <Details request={data} />}
    </Loaded>
  )
}

function Details({ request }: { request: RequestDetail }) {
  const { outcome, requestId, credential, listenerId, runId, checks } = request
  return (
    <>
      <PageHead
        title={TITLES[outcome]}
        parent={{ to: '/requests', label: 'Requests' }}
        beside={<Id id={requestId} label="Copy request id" />}
        actions={
          <>
            {credential.tokenId && <ButtonLink to={`/tokens/${credential.tokenId}`}>Open token</ButtonLink>}
            {listenerId && <ButtonLink to={`/listeners/${listenerId}`}>Open listener</ButtonLink>}
            {runId && (
              <ButtonLink to={`/runs/${runId}`} look="primary">
                Open the run
              </ButtonLink>
            )}
          </>
        }
      />
      <Sentence request={request} />
      {checks.length > 0 ? (
        <Split>
          <Section title="What was checked">
            <CheckList checks={checks} />
          </Section>
          <About request={request} />
        </Split>
      ) : (
        <About request={request} />
      )}
    </>
  )
}

function Sentence({ request: { outcome, reason, runId } }: { request: RequestDetail }) {
  if (outcome === 'answered') return <p>The listener took the call, and its run gave the answer.</p>
  if (outcome === 'failed') {
    return (
      <Note tone="bad">
        The call was let in, and its run failed. {runId && <Link to={`/runs/${runId}`}>The run says where</Link>}
      </Note>
    )
  }
  if (reason === null) return <Note tone="bad">The call was refused before a run was started.</Note>
  const { why, remedy } = refusalOf(reason)
  return (
    <Note tone="bad">
      <strong>{why}</strong> {remedy} <code className="dim">{reason}</code>
    </Note>
  )
}

function About({ request }: { request: RequestDetail }) {
  const { at, status, code, listenerId, ip, ms } = request
  const { listenerName } = useAllListeners()
  return (
    <Section title="About the request">
      <Facts
        facts={[
          ['When', <Time key="when" at={at} log />],
          ['Caller was told', status > 0 ? [status, code].filter(Boolean).join(' ') : undefined],
          [
            'Listener',
            listenerId === null ? (
              'none'
            ) : (
              <Link key="listener" to={`/listeners/${listenerId}`}>
                {listenerName(listenerId)}
              </Link>
            )
          ],
          ['Credential', <Credential key="credential" {...request} />],
          ['From', ip === null ? undefined : <code key="ip">{ip}</code>],
          ['Took', ms === null ? undefined : durationText(ms)]
        ]}
      />
    </Section>
  )
}
