import { call } from '../../api/call.ts'
import type { Role } from '../../api/types.ts'
import { refresh } from '../../api/use-api.ts'
import { isEmail } from '../../lib/email.ts'
import { ErrorNote } from '../../ui/ErrorNote.tsx'
import { notify } from '../../ui/notify.tsx'
import { Section } from '../../ui/Section.tsx'
import { Select } from '../../ui/Select.tsx'
import { SubmitRow } from '../../ui/SubmitRow.tsx'
import { TextField } from '../../ui/TextField.tsx'
import { useForm } from '../../ui/useForm.ts'
import { ROLES } from './roles.ts'
import { WORKSPACES } from './workspaces.ts'

/** The answer to an invitation; a member who is added at once has no link. */
export interface Invited {
  link?: string
}

export function InviteForm({
  title,
  path,
  action,
  onSent
}: {
  title: string
  path: string
  action: string
  onSent: (invited: Invited) => void
}) {
  const form = useForm<{ email: string; role: Role }>({
    first: { email: '', role: 'viewer' },
    check: ({ email }) => (isEmail(email) ? {} : { email: 'Enter an e-mail address.' }),
    async send({ email, role }) {
      onSent(await call<Invited>('POST', path, { body: { email: email.trim(), role } }))
      form.set('email', '')
      notify(action === 'Add member' ? 'Member added' : 'Invitation sent')
      await refresh(WORKSPACES)
    },
    refusal: ({ code, message }) => (code === 'conflict' || code === 'not_found' ? { email: message } : undefined)
  })
  const { value, onChange, error } = form.field('role')
  return (
    <Section title={title}>
      <form {...form.form} className="flex flex-col gap-3">
        {form.error !== undefined && <ErrorNote error={form.error} />}
        <div className="grid items-start gap-3 sm:grid-cols-[minmax(0,1fr)_200px]">
          <TextField label="E-mail" type="email" {...form.field('email')} />
          <Select
            label="Role"
            options={ROLES}
            hint={ROLES.find((role) => role.value === value)?.may}
            value={value}
            error={error}
            onChange={(next) => onChange(next as Role)}
          />
        </div>
        <SubmitRow pending={form.pending}>{action}</SubmitRow>
      </form>
    </Section>
  )
}
