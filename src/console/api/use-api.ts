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

/** How a GET is kept: under its path and query, so that `refresh(path)` finds it. */
export function readQuery<T>(path: string, query: Query = {}) {
  return queryOptions({
    queryKey: [path, query],
    queryFn: ({ signal }) => call<T>('GET', path, { query, signal })
  })
}

/** Reads one thing. Old data stays while newer is fetched. */
export function useRead<T>(path: string, { query = {}, every, enabled = true }: ReadOptions = {}) {
  return useQuery({
    ...readQuery<T>(path, query),
    enabled,
    placeholderData: keepPreviousData,
    refetchInterval: every ?? false
  })
}

/**
 * Reads a list a page at a time: `data` are all rows so far. Hand the result to `Table` as `rows`.
 * `every` polls while the first page alone is shown.
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
    // Reading again reads every page: whoever looks further back than the first is left alone.
    refetchInterval: ({ state }) => (every !== undefined && (state.data?.pages.length ?? 0) < 2 ? every : false)
  })
}

/** Reads again whatever is shown below a path: `refresh('/v1/tokens')` covers the list and each token. */
export async function refresh(...paths: string[]): Promise<void> {
  await queryClient.invalidateQueries({
    predicate: ({ queryKey: [path] }) => paths.some((prefix) => typeof path === 'string' && path.startsWith(prefix))
  })
}
