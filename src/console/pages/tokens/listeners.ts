import { useQueries } from '@tanstack/react-query'
import { readQuery } from '../../api/use-api.ts'
import type { Listener, Page, Scope } from '../../api/types.ts'
import { useWorkspace } from '../../frame/workspace.ts'
import { shortId } from '../../ui/Id.tsx'
import { plural } from '../../lib/plural.ts'

const PAGE_SIZE = 200

export interface AllListeners {
  listeners: readonly Listener[]
  loading: boolean
  /** The error of reading the listeners of a workspace. While it is set, the list must not be called empty. */
  error: unknown
  refetch(): void
  /** The name of a listener. Its id if it is not in the list, or not yet: a link never lacks a text. */
  listenerName(id: string | null): string
}

/** The listeners of all workspaces that the account is in, those of the current one first. */
export function useAllListeners(): AllListeners {
  const { workspaces, workspace, loading } = useWorkspace()
  const ordered = [...workspaces].sort((a, b) => Number(b.id === workspace?.id) - Number(a.id === workspace?.id))
  return useQueries({
    queries: ordered.map(({ id }) => readQuery<Page<Listener>>(`/v1/workspaces/${id}/listeners`, { limit: PAGE_SIZE })),
    combine: (answers) => {
      const listeners = answers.flatMap(({ data }) => data?.items ?? [])
      const waits = loading || answers.some(({ isPending }) => isPending)
      return {
        listeners,
        loading: waits,
        error: answers.find(({ error }) => error)?.error ?? undefined,
        refetch: () => answers.forEach(({ error, refetch }) => error && void refetch()),
        listenerName(id) {
          if (id === null) return '–'
          return listeners.find((listener) => listener.id === id)?.name ?? shortId(id)
        }
      }
    }
  })
}

/** Whether the scope of a token includes the listener. */
export function inScope(scope: Scope | null, listener: Listener): boolean {
  if (!scope) return true
  return (scope.listeners ?? []).includes(listener.id) || (scope.workspaces ?? []).includes(listener.workspaceId)
}

/** "2 listeners", "Demo", "everything you may call". */
export function scopeText(scope: Scope | null, workspaceName: (id: string) => string | undefined): string {
  if (!scope) return 'everything you may call'
  const workspaces = (scope.workspaces ?? []).map((id) => workspaceName(id) ?? 'a workspace you are not in')
  const listeners = scope.listeners?.length ?? 0
  return [...workspaces, ...(listeners > 0 ? [plural(listeners, 'listener')] : [])].join(', ') || 'nothing'
}
