import { useNavigate, useParams, useRouter, useSearch } from '@tanstack/react-router'
import { useCallback } from 'react'
import type { Search } from './search.ts'

/** A part of the path, such as `id` of `/tokens/$id`. */
export function useParam(name: string): string {
  const params: Record<string, string | undefined> = useParams({ strict: false })
  return params[name] ?? ''
}

/**
 * The query of the page and a way to change it. All filters and tabs live there, so that Back, reload and a sent link
 * restore them. A change replaces the members named; undefined removes one. `replace` is for typing, which must not
 * fill the history.
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
