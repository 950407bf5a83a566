import { useCallback, useEffect, useMemo, useRef, useState } from 'react'
import { Declined } from './gate.ts'

export interface Action<A extends unknown[], R> {
  /** Runs the action. Returns undefined if it failed; the error is in `error`. */
  run(...args: A): Promise<R | undefined>
  pending: boolean
  error: unknown
  reset(): void
}

/**
 * A change that is sent to the server: one at a time, with its last error. Nothing is cached, because the variables may
 * hold a password.
 */
export function useAction<A extends unknown[], R>(act: (...args: A) => Promise<R>): Action<A, R> {
  const [state, setState] = useState<{ pending: boolean; error: unknown }>({ pending: false, error: undefined })
  const latest = useRef(act)
  useEffect(() => {
    latest.current = act
  })
  const busy = useRef(false)

  const run = useCallback(async (...args: A): Promise<R | undefined> => {
    if (busy.current) return undefined
    busy.current = true
    setState({ pending: true, error: undefined })
    try {
      const result = await latest.current(...args)
      setState({ pending: false, error: undefined })
      return result
    } catch (error) {
      setState({ pending: false, error: error instanceof Declined ? undefined : error })
      return undefined
    } finally {
      busy.current = false
    }
  }, [])
  const reset = useCallback(() => setState({ pending: false, error: undefined }), [])
  return useMemo(() => ({ run, ...state, reset }), [run, state, reset])
}
