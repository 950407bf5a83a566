import { useAction } from '../../api/use-action.ts'
import { durationText } from '../../lib/time.ts'
import { Button } from '../../ui/Button.tsx'
import { ErrorNote } from '../../ui/ErrorNote.tsx'
import { Tag } from '../../ui/Tag.tsx'
import { useState } from 'react'

const SHOWN_CHARS = 2_000

interface Answer {
  status: number
  ms: number
  text: string
}

/** Makes the call of the example from this page, only with the token, without the cookie of the session. */
export function SendFromHere({ method, url, token }: { method: string; url: string; token: string }) {
  const [answer, setAnswer] = useState<Answer>()
  const send = useAction(async () => {
    const startedAt = performance.now()
    // The page may have been opened under another host name than the one in the gateway's links.
    const { pathname, search } = new URL(url)
    const response = await fetch(pathname + search, {
      method,
      credentials: 'omit',
      headers: { Authorization: `Bearer ${token}` }
    })
    setAnswer({ status: response.status, text: await response.text(), ms: performance.now() - startedAt })
  })
  return (
    <div className="flex flex-col gap-2">
      <div className="row">
        <Button pending={send.pending} onClick={() => void send.run()}>
          Send it from here
        </Button>
        {answer && (
          <span role="status" className="row">
            <Tag tone={answer.status < 400 ? 'ok' : 'bad'}>{answer.status}</Tag> {durationText(answer.ms)}
          </span>
        )}
      </div>
      {send.error !== undefined && <ErrorNote error={send.error} />}
      {answer && (
        <pre className="max-h-40 overflow-auto rounded-md bg-code px-3 py-2 whitespace-pre-wrap">
          {answer.text.slice(0, SHOWN_CHARS)}
        </pre>
      )}
    </div>
  )
}
