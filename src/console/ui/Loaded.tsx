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
 * Shows one resource that is loading, refused or loaded. Pass the result of `useRead`. `page` says that the whole page
 * is about it, so that a missing resource becomes a page of its own.
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
    // Earlier data stays on the page, below the error.
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
