import { useQueries } from '@tanstack/react-query'
import { readQuery } from '../../api/use-api.ts'
import type { Listener, Page, Scope } from '../../api/types.ts'
import { useWorkspace } from '../../frame/workspace.ts'
import { plural } from '../../lib/plural.ts'

const PAGE_SIZE = 200

/** The listeners of all workspaces that the account is in, those of the current one first. */
export function useAllListeners(): { listeners: readonly Listener[]; loading: boolean } {
  const { workspaces, workspace, loading } = useWorkspace()
  const ordered = [...workspaces].sort((a, b) => Number(b.id === workspace?.id) - Number(a.id === workspace?.id))
  return useQueries({
    queries: ordered.map(({ id }) => readQuery<Page<Listener>>(`/v1/workspaces/${id}/listeners`, { limit: PAGE_SIZE })),
    combine: (answers) => ({
      listeners: answers.flatMap(({ data }) => data?.items ?? []),
      loading: loading || answers.some(({ isPending }) => isPending)
    })
  })
}

/** Whether a token of this scope may call the listener, as far as the scope says. */
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
