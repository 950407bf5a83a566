import { call } from '../../api/call.ts'
import type { Action } from '../../api/types.ts'
import { refresh } from '../../api/use-api.ts'
import { InWorkspace } from '../../frame/InWorkspace.tsx'
import { RoleNote } from '../../frame/RoleNote.tsx'
import { useWorkspace } from '../../frame/workspace.ts'
import { useGo } from '../../lib/navigation.ts'
import { PageHead } from '../../ui/PageHead.tsx'
import { ActionForm } from './ActionForm.tsx'

export default function CreateAction() {
  const go = useGo()
  const { canEdit } = useWorkspace()
  return (
    <>
      <PageHead title="Create action" parent={{ to: '/actions', label: 'Actions' }} />
      <RoleNote />
      <InWorkspace>
        {({ id }) =>
          canEdit && (
            <ActionForm
              key={id}
              workspaceId={id}
              submit="Create action"
              onSend={async (body) => {
                const path = `/v1/workspaces/${id}/actions`
                const { actionPackageId } = await call<Action>('POST', path, { body })
                await refresh(path)
                await go(`/actions/${actionPackageId}`)
              }}
            />
          )
        }
      </InWorkspace>
    </>
  )
}
