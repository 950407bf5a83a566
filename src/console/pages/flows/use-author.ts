import type { Page } from '../../api/types.ts'
import { useRead } from '../../api/use-api.ts'
import { shortId } from '../../ui/Id.tsx'
import type { AuthoredVersion } from './save-version.ts'

/** The name of whom a version is by: as answered, else that of the member with the id. */
export function useAuthor(workspaceId: string): (author: AuthoredVersion['createdBy']) => string {
  const { data } = useRead<Page<{ accountId: string; name: string }>>(`/v1/workspaces/${workspaceId}/members`, {
    query: { limit: 200 }
  })
  return (author) => {
    if (author === undefined) return 'somebody'
    if (typeof author !== 'string') return author.name ?? shortId(author.id)
    return data?.items.find(({ accountId }) => accountId === author)?.name ?? shortId(author)
  }
}
