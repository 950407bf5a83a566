import { useNavigate, useParams, useRouter, useSearch } from '@tanstack/react-router'
import { useCallback } from 'react'
import type { Search } from './search.ts'

/** A parameter of the path, such as `id` of `/tokens/$id`. */
export function useParam(name: string): string {
  const params: Record<string, string | undefined> = useParams({ strict: false })
  return params[name] ?? ''
}

/**
 * The query of the page and a function that changes it. All filters and tabs are in the query, so that Back, reload and
 * a shared link restore them. A change replaces the named members; undefined removes one. `replace` is for typing,
 * which must not fill the history.
 */
export function useQueryText(): [Search, (change: Search, options?: { replace?: boolean }) => void] {
  const search: Search = useSearch({ strict: false })
  const navigate = useNavigate()
  const change = useCallback(
    (patch: Search, { replace = false } = {}) => {
      const next = (before: Search): Search => ({ ...before, ...patch })
      void navigate({ to: '.', search: next as never, replace, resetScroll: false })
    },
    [navigate]
  )
  return [search, change]
}

/** Goes to a path of the console. */
export function useGo(): (to: string, options?: { search?: Search; replace?: boolean }) => Promise<void> {
  const router = useRouter()
  return useCallback(
    (to, { search = {}, replace = false } = {}) => router.navigate({ to, search: search as never, replace }),
    [router]
  )
}
