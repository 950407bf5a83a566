import { call } from '../../api/call.ts'
import type { Workspace } from '../../api/types.ts'
import { refresh } from '../../api/use-api.ts'
import { holdSecret } from '../../lib/held-secret.ts'
import { Button } from '../../ui/Button.tsx'
import { ErrorNote } from '../../ui/ErrorNote.tsx'
import { notify } from '../../ui/notify.tsx'
import { PasswordField } from '../../ui/PasswordField.tsx'
import { Section } from '../../ui/Section.tsx'
import { Select } from '../../ui/Select.tsx'
import { useForm } from '../../ui/useForm.ts'
import { WORKSPACES } from './workspaces.ts'

const HOUR = 3_600
const OVERLAPS = [
  { value: '0', label: 'It ends now' },
  { value: String(HOUR), label: '1 hour' },
  { value: String(24 * HOUR), label: '24 hours' },
  { value: String(7 * 24 * HOUR), label: '7 days' }
]

/** Creates a new secret, which is shown once at the top of the page. */
export function RotateSecret({ workspace: { id } }: { workspace: Workspace }) {
  const form = useForm({
    first: { overlap: String(24 * HOUR), password: '' },
    check: ({ password }) => (password === '' ? { password: 'Enter your password.' } : {}),
    async send({ overlap, password }) {
      const body = { password, overlapSeconds: Number(overlap) }
      const { secret } = await call<{ secret: string }>('POST', `${WORKSPACES}/${id}/secret/rotate`, { body })
      form.set('password', '')
      holdSecret(id, secret)
      notify('Secret rotated')
      scrollTo({ top: 0 })
      await refresh(WORKSPACES)
    },
    refusal: ({ code }) => (code === 'password_incorrect' ? { password: 'This is not your password.' } : undefined)
  })
  return (
    <Section title="Secret">
      <form {...form.form} className="stack">
        {form.error !== undefined && <ErrorNote error={form.error} />}
        <p className="dim">
          A new secret is shown once. Tokens signed with the old one are taken as long as you choose.
        </p>
        <div className="grid gap-3 sm:grid-cols-2">
          <Select label="Old secret keeps working for" options={OVERLAPS} {...form.field('overlap')} />
          <PasswordField label="Your password" autoComplete="current-password" {...form.field('password')} />
        </div>
        <div className="row justify-end">
          <Button type="submit" pending={form.pending}>
            Rotate secret
          </Button>
        </div>
      </form>
    </Section>
  )
}
