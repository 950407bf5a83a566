import type { ReactNode } from 'react'
import type { Workspace } from '../api/types.ts'
import { ButtonLink } from '../ui/Button.tsx'
import { Empty } from '../ui/Empty.tsx'
import { Skeleton } from '../ui/Skeleton.tsx'
import { useWorkspace } from './workspace.ts'

/** The content of a page about one workspace, or a note if the account is in none. */
export function InWorkspace({ children }: { children: (workspace: Workspace) => ReactNode }) {
  const { workspace, loading } = useWorkspace()
  if (workspace) return children(workspace)
  if (loading) return <Skeleton />
  return (
    <div className="panel">
      <Empty
        actions={
          <ButtonLink to="/workspace/new" look="primary">
            Create workspace
          </ButtonLink>
        }
      >
        You are in no workspace. Flows, listeners and secrets belong to one.
      </Empty>
    </div>
  )
}
