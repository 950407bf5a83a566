import { call } from '../../api/call.ts'
import type { Workspace } from '../../api/types.ts'
import { refresh } from '../../api/use-api.ts'
import { holdSecret } from '../../lib/held-secret.ts'
import { useGo } from '../../lib/navigation.ts'
import { writeStored } from '../../lib/stored.ts'
import { Button, ButtonLink } from '../../ui/Button.tsx'
import { ErrorNote } from '../../ui/ErrorNote.tsx'
import { PageHead } from '../../ui/PageHead.tsx'
import { TextField } from '../../ui/TextField.tsx'
import { useForm } from '../../ui/useForm.ts'
import { WORKSPACES } from './workspaces.ts'

export default function CreateWorkspace() {
  const go = useGo()
  const form = useForm({
    first: { name: '' },
    check: ({ name }) => (name.trim() === '' ? { name: 'Enter a name.' } : {}),
    async send({ name }) {
      const body = { name: name.trim() }
      const { secret, ...made } = await call<Workspace & { secret: string }>('POST', WORKSPACES, { body })
      holdSecret(made.id, secret)
      writeStored('workspace', made.id)
      await refresh(WORKSPACES)
      await go('/workspace', { replace: true })
    },
    refusal: ({ code, message }) => (code === 'conflict' ? { name: message } : undefined)
  })
  return (
    <>
      <PageHead
        title="Create workspace"
        about="Flows, listeners, secrets and customers belong to a workspace, and so do the people who may see them."
      />
      <form {...form.form} className="panel stack max-w-[640px] p-4">
        {form.error !== undefined && <ErrorNote error={form.error} />}
        <TextField label="Name" {...form.field('name')} />
        <div className="row justify-end">
          <ButtonLink to="/">Cancel</ButtonLink>
          <Button type="submit" look="primary" pending={form.pending}>
            Create workspace
          </Button>
        </div>
      </form>
    </>
  )
}
