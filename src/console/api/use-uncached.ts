import { useCallback, useEffect, useRef, useState } from 'react'
import { call, type CallOptions } from './call.ts'

interface State<T> {
  key: string
  data: T | undefined
  error: unknown
}

/**
 * Reads one resource and keeps it only in the component. For data that can contain a credential of another system,
 * which the cache refuses: the data of a run, the text of a flow. Pass the result to `Loaded` as `query`.
 */
export function useUncached<T>(path: string, query: CallOptions['query'] = {}) {
  const key = JSON.stringify([path, query])
  const [state, setState] = useState<State<T>>({ key, data: undefined, error: undefined })
  const running = useRef<AbortController>(undefined)
  const refetch = useCallback(() => {
    // An older answer must not replace a newer one.
    running.current?.abort()
    const stop = new AbortController()
    running.current = stop
    const [from, sent] = JSON.parse(key) as [string, CallOptions['query']]
    call<T>('GET', from, { query: sent, signal: stop.signal }).then(
      (data) => stop.signal.aborted || setState({ key, data, error: undefined }),
      (error: unknown) => {
        if (stop.signal.aborted) return
        setState((before) => ({ key, data: before.key === key ? before.data : undefined, error }))
      }
    )
  }, [key])
  useEffect(() => {
    refetch()
    return () => running.current?.abort()
  }, [refetch])
  const current = state.key === key ? state : { data: undefined, error: undefined }
  return { data: current.data, error: current.error, refetch }
}
