import { useState } from 'react'
import { call } from '../../api/call.ts'
import type { Action } from '../../api/types.ts'
import { useAction } from '../../api/use-action.ts'
import { useRead } from '../../api/use-api.ts'
import { exampleQuery } from '../../lib/example-query.ts'
import { durationText } from '../../lib/time.ts'
import { useAllListeners } from '../tokens/listeners.ts'
import { Button } from '../../ui/Button.tsx'
import { ErrorNote } from '../../ui/ErrorNote.tsx'
import { Section } from '../../ui/Section.tsx'
import { Select } from '../../ui/Select.tsx'
import { Skeleton } from '../../ui/Skeleton.tsx'
import { Tag } from '../../ui/Tag.tsx'
import { TextField } from '../../ui/TextField.tsx'

const SHOWN_CHARS = 10_000

interface Answer {
  status: number
  ms: number
  text: string
}

/**
 * Gets a token of the action for the signed-in account and calls one of its listeners with it, as the page of the
 * service would.
 */
export function TryAsMe({ action }: { action: Action }) {
  const { listeners, loading, error, refetch } = useAllListeners()
  const usable = listeners.filter(({ id }) => action.listeners.includes(id))
  const [chosen, setChosen] = useState('')
  const listener = usable.find(({ id }) => id === chosen) ?? usable[0]
  const flow = useRead<{ document: unknown }>(`/v1/flows/${listener?.flowId ?? ''}`, {
    enabled: listener !== undefined
  })
  const [typed, setTyped] = useState<string>()
  const [answer, setAnswer] = useState<Answer>()
  /** Until the flow of this listener is read: without its example, the call would lack what the flow asks for. */
  const reading = typed === undefined && (flow.isLoading || flow.isPlaceholderData)
  const query = typed ?? (reading ? '' : exampleQuery(flow.data?.document).slice(1))
  const send = useAction(async () => {
    if (!listener) return
    setAnswer(undefined)
    const path = `/v1/actions/${action.actionPackageId}/integration-token`
    const { token } = await call<{ token: string }>('POST', path)
    const startedAt = performance.now()
    const { pathname } = new URL(listener.url)
    const response = await fetch(query ? `${pathname}?${query}` : pathname, {
      method: listener.methods?.[0] ?? 'GET',
      credentials: 'omit',
      headers: { Authorization: `Bearer ${token}` }
    })
    setAnswer({ status: response.status, text: await response.text(), ms: performance.now() - startedAt })
  })
  if (!listener && error !== undefined) return <ErrorNote error={error} onRetry={refetch} />
  if (!listener && loading) return <Skeleton />
  if (!listener)
    return <p className="dim">The action names no listener that you can see. Add one in Settings to try it.</p>
  return (
    <Section title="Try as me">
      <p className="dim">
        The gateway makes a token for you inside this action, and this page calls the listener with it alone. The token
        is not shown and not kept.
      </p>
      <div className="grid gap-3 sm:grid-cols-2">
        <Select
          label="Listener"
          value={listener.id}
          options={usable.map(({ id, name }) => ({ value: id, label: name }))}
          onChange={(next) => {
            setChosen(next)
            setTyped(undefined)
          }}
        />
        <TextField label="Query" optional mono value={query} onChange={setTyped} />
      </div>
      {send.error !== undefined && <ErrorNote error={send.error} />}
      <div className="row justify-end">
        <Button look="primary" pending={send.pending || reading} onClick={() => void send.run()}>
          Send
        </Button>
      </div>
      {answer && (
        <>
          <p role="status" className="row">
            <Tag tone={answer.status < 400 ? 'ok' : 'bad'}>{answer.status}</Tag> {durationText(answer.ms)}
          </p>
          <pre className="max-h-80 overflow-auto rounded-md bg-code px-3 py-2 whitespace-pre-wrap">
            {answer.text.slice(0, SHOWN_CHARS)}
          </pre>
        </>
      )}
    </Section>
  )
}
