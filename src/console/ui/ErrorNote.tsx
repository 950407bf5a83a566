import { useEffect, useState } from 'react'
import { ApiProblem, messageOf } from '../api/problem.ts'
import { plural } from '../lib/plural.ts'
import { Button } from './Button.tsx'
import { Copy } from './Copy.tsx'

/**
 * An error: title, detail, the request id for support, and a button to retry. A 429 counts down to when a retry makes
 * sense.
 */
export function ErrorNote({ error, onRetry }: { error: unknown; onRetry?: (() => void) | undefined }) {
  const problem = error instanceof ApiProblem ? error : undefined
  const wait = useCountdown(problem?.status === 429 ? problem.retryAfter : undefined, error)
  const named = problem?.document['title']
  const title = typeof named === 'string' ? named : messageOf(error)
  return (
    <div role="alert" className="flex flex-col gap-1 rounded-r-md border-l-3 border-bad bg-bad-soft px-3 py-2">
      <p className="font-semibold break-words">{title}</p>
      {problem?.detail && problem.detail !== title && <p className="break-words">{problem.detail}</p>}
      {problem && problem.errors.length > 0 && (
        <ul className="list-disc pl-5">
          {problem.errors.map(({ pointer, message }) => (
            <li key={pointer + message}>
              <code>{pointer || '/'}</code> {message}
            </li>
          ))}
        </ul>
      )}
      {problem?.status === 429 && wait > 0 && <p>Another try makes sense in {plural(wait, 'second')}.</p>}
      {problem?.requestId && (
        <p className="small dim row">
          Request id <code className="break-all">{problem.requestId}</code>
          <Copy text={problem.requestId} label="Copy request id" done="Request id copied" icon />
        </p>
      )}
      {onRetry && (
        <div>
          <Button disabled={wait > 0} onClick={onRetry}>
            Try again
          </Button>
        </div>
      )}
    </div>
  )
}

/** The remaining seconds. Starts again with each error. */
function useCountdown(seconds: number | undefined, error: unknown): number {
  const [left, setLeft] = useState(seconds ?? 0)
  useEffect(() => {
    setLeft(seconds ?? 0)
    if (!error || !seconds) return
    const timer = setInterval(() => setLeft((before) => Math.max(0, before - 1)), 1_000)
    return () => clearInterval(timer)
  }, [seconds, error])
  return left
}
