import { call } from '../../api/call.ts'
import type { Listener } from '../../api/types.ts'
import { refresh } from '../../api/use-api.ts'
import { InWorkspace } from '../../frame/InWorkspace.tsx'
import { RoleNote } from '../../frame/RoleNote.tsx'
import { useWorkspace } from '../../frame/workspace.ts'
import { useGo, useQueryText } from '../../lib/navigation.ts'
import { Button, ButtonLink } from '../../ui/Button.tsx'
import { ErrorNote } from '../../ui/ErrorNote.tsx'
import { PageHead } from '../../ui/PageHead.tsx'
import { useForm } from '../../ui/useForm.ts'
import { ListenerFields } from './ListenerFields.tsx'
import { checkListener, NEW_LISTENER, sentListener } from './listener-values.ts'

export default function CreateListener() {
  const { canEdit } = useWorkspace()
  return (
    <>
      <PageHead
        title="Create listener"
        parent={{ to: '/listeners', label: 'Listeners' }}
        about="A listener is a URL. Calling it runs a flow."
      />
      <RoleNote />
      <InWorkspace>{({ id }) => canEdit && <Create key={id} workspaceId={id} />}</InWorkspace>
    </>
  )
}

function Create({ workspaceId }: { workspaceId: string }) {
  const go = useGo()
  const [{ flow = '' }] = useQueryText()
  const form = useForm({
    first: { ...NEW_LISTENER, flowId: flow },
    check: checkListener,
    async send(values) {
      const body = sentListener(values)
      const made = await call<Listener>('POST', `/v1/workspaces/${workspaceId}/listeners`, { body })
      await refresh('/v1/workspaces')
      await go(`/listeners/${made.id}`)
    },
    refusal: ({ code, message }) => (code === 'conflict' ? { name: message } : undefined)
  })
  return (
    <form {...form.form} className="panel stack max-w-[640px] p-4">
      {form.error !== undefined && <ErrorNote error={form.error} />}
      <ListenerFields form={form} workspaceId={workspaceId} />
      <div className="row justify-end">
        <ButtonLink to="/listeners">Cancel</ButtonLink>
        <Button type="submit" look="primary" pending={form.pending}>
          Create listener
        </Button>
      </div>
    </form>
  )
}
