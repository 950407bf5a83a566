import { useDeferredValue, useEffect, useState } from 'react'
import { call } from '../api/call.ts'
import { readQuickly } from './text/read-text.ts'
import { READ_PAUSE_MS } from './use-good-text.ts'
import { syntaxFaults, type Fault } from './yaml.ts'

const PAUSE_MS = 400

export interface Judged {
  /** The text that was checked. Until it is the text in the editor, a check is in progress. */
  text: string | undefined
  faults: readonly Fault[]
}

/**
 * The faults that saving a text would report. The gateway is asked a moment after the last key, and an older question
 * is dropped. YAML that does not parse is reported without asking.
 */
export function useFaults(text: string): Judged & { checking: boolean } {
  const [judged, setJudged] = useState<Judged>({ text: undefined, faults: [] })
  // Deferred, so that a typed character is shown before the whole text is read again.
  const settled = useDeferredValue(text)
  useEffect(() => {
    const stop = new AbortController()
    const say = (faults: readonly Fault[]): void => {
      if (!stop.signal.aborted) setJudged({ text: settled, faults })
    }
    const ask = (): void => {
      validate(settled, stop.signal).then(say, (error: unknown) =>
        say([{ message: error instanceof Error ? error.message : String(error) }])
      )
    }
    let timer: ReturnType<typeof setTimeout> | undefined
    const read = (pause: number): void => {
      const syntax = syntaxFaults(settled)
      if (syntax.length > 0) say(syntax)
      else timer = setTimeout(ask, pause)
    }
    if (readQuickly(settled)) read(PAUSE_MS)
    else timer = setTimeout(() => read(PAUSE_MS - READ_PAUSE_MS), READ_PAUSE_MS)
    return () => {
      clearTimeout(timer)
      stop.abort()
    }
  }, [settled])
  return { ...judged, checking: judged.text !== text }
}

async function validate(text: string, signal: AbortSignal): Promise<readonly Fault[]> {
  const { errors } = await call<{ errors: Fault[] }>('POST', '/v1/flows/validate', {
    raw: { type: 'application/yaml', text },
    // With this, faults come with status 200, and the browser does not log an error for each key.
    headers: { Prefer: 'handling=lenient' },
    safe: true,
    signal
  })
  return errors
}
