import { infiniteQueryOptions, keepPreviousData, queryOptions, useInfiniteQuery, useQuery } from '@tanstack/react-query'
import { call, type CallOptions } from './call.ts'
import { queryClient } from './query-client.ts'
import type { Page } from './types.ts'

type Query = NonNullable<CallOptions['query']>

export interface ReadOptions {
  query?: Query
  /** Milliseconds between two reads while the page is visible; undefined = once. */
  every?: number | undefined
  enabled?: boolean
}

/** The cache entry of a GET: its key is the path and the query, so that `refresh(path)` finds it. */
export function readQuery<T>(path: string, query: Query = {}) {
  return queryOptions({
    queryKey: [path, query],
    queryFn: ({ signal }) => call<T>('GET', path, { query, signal })
  })
}

/** Reads one resource. Old data stays while newer data is fetched. */
export function useRead<T>(path: string, { query = {}, every, enabled = true }: ReadOptions = {}) {
  return useQuery({
    ...readQuery<T>(path, query),
    enabled,
    placeholderData: keepPreviousData,
    refetchInterval: every ?? false
  })
}

/**
 * Reads a list page by page: `data` holds all rows so far. Pass the result to `Table` as `rows`. `every` polls while
 * only the first page is shown.
 */
export function useList<T>(path: string, { query = {}, every, enabled = true }: ReadOptions = {}) {
  return useInfiniteQuery({
    ...infiniteQueryOptions({
      queryKey: [path, query, 'pages'],
      queryFn: ({ pageParam, signal }) =>
        call<Page<T>>('GET', path, { query: { ...query, cursor: pageParam }, signal }),
      initialPageParam: undefined as string | undefined,
      getNextPageParam: (last: Page<T>) => last.nextCursor ?? undefined,
      select: (data) => data.pages.flatMap((page) => page.items)
    }),
    enabled,
    placeholderData: keepPreviousData,
    // Polling reads every page again, so it stops once the person looks further back than the first.
    refetchInterval: ({ state }) => (every !== undefined && (state.data?.pages.length ?? 0) < 2 ? every : false)
  })
}

/** Reads everything again that is shown below a path: `refresh('/v1/tokens')` covers the list and each token. */
export async function refresh(...paths: string[]): Promise<void> {
  await queryClient.invalidateQueries({
    predicate: ({ queryKey: [path] }) => paths.some((prefix) => typeof path === 'string' && path.startsWith(prefix))
  })
}
