import type { ReactNode } from 'react'
import { ApiProblem } from '../api/problem.ts'
import { ErrorNote } from './ErrorNote.tsx'
import { NotFound } from './NotFound.tsx'
import { Skeleton } from './Skeleton.tsx'

export interface Readable<T> {
  data: T | undefined
  error: unknown
  refetch: () => unknown
}

/**
 * One thing that is read: loading, refused, or there. Hand it the result of `useRead`.
 * `page` says that the whole page is about it: what is not there is then a page of its own.
 */
export function Loaded<T>({
  query,
  page = false,
  lines,
  children
}: {
  query: Readable<T>
  page?: boolean
  lines?: number
  children: (data: T) => ReactNode
}) {
  if (query.error) {
    if (page && query.error instanceof ApiProblem && query.error.status === 404) return <NotFound />
    // What was read before stays on the page, under what is wrong now.
    if (query.data === undefined) return <ErrorNote error={query.error} onRetry={() => void query.refetch()} />
    return (
      <>
        <ErrorNote error={query.error} onRetry={() => void query.refetch()} />
        {children(query.data)}
      </>
    )
  }
  return query.data === undefined ? <Skeleton {...(lines ? { lines } : {})} /> : children(query.data)
}
