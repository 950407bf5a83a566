import { useEffect, useState } from 'react'
import type { Flow, Listener } from '../../api/types.ts'
import { useAction } from '../../api/use-action.ts'
import { useUncached } from '../../api/use-uncached.ts'
import { useAccount } from '../../frame/session.tsx'
import { useWorkspace } from '../../frame/workspace.ts'
import { exampleQuery } from '../../lib/example-query.ts'
import { isLayerOpen } from '../../lib/open-layer.ts'
import { durationText } from '../../lib/time.ts'
import { Button } from '../../ui/Button.tsx'
import { Copy } from '../../ui/Copy.tsx'
import { ErrorNote } from '../../ui/ErrorNote.tsx'
import { Section } from '../../ui/Section.tsx'
import { Select } from '../../ui/Select.tsx'
import { Split } from '../../ui/Split.tsx'
import { Tag } from '../../ui/Tag.tsx'
import { TextArea } from '../../ui/TextArea.tsx'
import { Time } from '../../ui/Time.tsx'
import { METHODS } from '../../words/listeners.ts'
import { CredentialFields } from './CredentialFields.tsx'
import { Pairs } from './Pairs.tsx'
import { NO_BODY, sendTrial, trialAsCurl, trialFault, type Trial, type TrialAnswer as Answer } from './trial.ts'
import { TrialAnswer } from './TrialAnswer.tsx'

const BURST = 10
const HISTORY = 20
const BODIES = [
  { value: 'none', label: 'None' },
  { value: 'json', label: 'JSON' },
  { value: 'form', label: 'Form (urlencoded)' },
  { value: 'text', label: 'Text' }
]

/** Calls the listener from this page, with a credential that stays in memory. */
export function TryIt({ listener }: { listener: Listener }) {
  const flow = useUncached<Flow>(`/v1/flows/${listener.flowId}`)
  if (!flow.data && !flow.error) return null
  return <Bench listener={listener} query={exampleQuery(flow.data?.document)} />
}

function Bench({ listener, query }: { listener: Listener; query: string }) {
  const { email } = useAccount()
  const { canEdit } = useWorkspace(listener.workspaceId)
  const methods = listener.methods ?? METHODS
  const [trial, setTrial] = useState<Trial>(() => ({
    method: methods[0] ?? 'GET',
    query: pairsOf(query),
    headers: [],
    bodyKind: NO_BODY.has(methods[0] ?? 'GET') ? 'none' : 'json',
    body: '{}',
    credential: 'token',
    carrier: 'bearer',
    token: '',
    email,
    password: '',
    customerId: ''
  }))
  const [answers, setAnswers] = useState<readonly Answer[]>([])
  const [fault, setFault] = useState<string>()
  const change = (patch: Partial<Trial>): void => {
    setTrial((before) => ({ ...before, ...patch }))
    setFault(undefined)
  }
  const send = useAction(async (times: number) => {
    const found = trialFault(trial)
    setFault(found)
    if (found !== undefined) return
    for (let sent = 0; sent < times; sent++) {
      const answer = await sendTrial(trial, listener)
      setAnswers((before) => [answer, ...before].slice(0, HISTORY))
    }
  })
  const { run } = send
  useEffect(() => {
    const onKey = (event: KeyboardEvent): void => {
      if (event.key !== 'Enter' || !(event.ctrlKey || event.metaKey) || isLayerOpen()) return
      event.preventDefault()
      // Otherwise a focused switch or button would treat the key as a press.
      event.stopPropagation()
      void run(1)
    }
    document.addEventListener('keydown', onKey, { capture: true })
    return () => document.removeEventListener('keydown', onKey, { capture: true })
  }, [run])

  return (
    <Split>
      <Section title="Call">
        <div className="grid gap-3 sm:grid-cols-2">
          <Select
            label="Method"
            value={trial.method}
            options={methods.map((value) => ({ value, label: value }))}
            onChange={(method) => change({ method })}
          />
        </div>
        <Pairs legend="Query" noun="Query" pairs={trial.query} onChange={(pairs) => change({ query: pairs })} />
        <Pairs legend="Headers" noun="Header" pairs={trial.headers} onChange={(headers) => change({ headers })} />
        {!NO_BODY.has(trial.method) && (
          <>
            <Select
              label="Body"
              value={trial.bodyKind}
              options={BODIES}
              onChange={(bodyKind) => change({ bodyKind: bodyKind as Trial['bodyKind'] })}
            />
            {trial.bodyKind !== 'none' && (
              <TextArea
                label="Content of the body"
                mono
                rows={6}
                value={trial.body}
                onChange={(body) => change({ body })}
              />
            )}
          </>
        )}
        <CredentialFields trial={trial} canTry={canEdit} onChange={change} />
        {fault !== undefined && (
          <p role="alert" className="text-bad">
            {fault}
          </p>
        )}
        {send.error !== undefined && <ErrorNote error={send.error} />}
        <div className="row">
          <Button
            look="primary"
            pending={send.pending}
            aria-keyshortcuts="Control+Enter Meta+Enter"
            onClick={() => void send.run(1)}
          >
            Send
          </Button>
          <Button pending={send.pending} onClick={() => void send.run(BURST)}>
            Send {BURST} times
          </Button>
          <Copy
            text={trialAsCurl(trial, listener.url)}
            label="Copy as curl"
            done="Call copied, without its credential"
          />
        </div>
      </Section>
      <Section title="Answer">
        {answers[0] ? (
          <TrialAnswer answer={answers[0]} />
        ) : (
          <p className="dim">The answer appears here. Ctrl Enter sends the call.</p>
        )}
        {answers.length > 1 && <History answers={answers.slice(1)} />}
      </Section>
    </Split>
  )
}

/** The earlier calls, without the data that they sent. */
function History({ answers }: { answers: readonly Answer[] }) {
  return (
    <div>
      <h3 className="small dim mb-1">Before</h3>
      <ul className="flex flex-col gap-1">
        {answers.map(({ at, method, status, ms }, index) => (
          <li key={answers.length - index} className="row">
            <Tag tone={status < 400 ? 'ok' : 'bad'}>{status}</Tag> {method} · {durationText(ms)} · <Time at={at} />
          </li>
        ))}
      </ul>
    </div>
  )
}

function pairsOf(query: string): Trial['query'] {
  const pairs = [...new URLSearchParams(query)].map(([name, value]) => ({ name, value }))
  return pairs.length > 0 ? pairs : [{ name: '', value: '' }]
}
