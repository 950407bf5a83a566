import { call } from '../../api/call.ts'
import { useAbout } from '../../api/about.ts'
import { useAccount } from '../../frame/session.tsx'
import { PASSWORD_MIN, passwordFault, passwordHint } from '../../lib/new-password.ts'
import { ErrorNote } from '../../ui/ErrorNote.tsx'
import { notify } from '../../ui/notify.tsx'
import { PasswordField } from '../../ui/PasswordField.tsx'
import { SubmitRow } from '../../ui/SubmitRow.tsx'
import { useForm } from '../../ui/useForm.ts'

const EMPTY = { password: '', newPassword: '' }

export function PasswordTab() {
  const { email } = useAccount()
  const min = useAbout().data?.passwordMin ?? PASSWORD_MIN
  const form = useForm({
    first: EMPTY,
    check: ({ password, newPassword }) => ({
      ...(password === '' ? { password: 'Enter your password.' } : {}),
      newPassword: passwordFault(newPassword, min)
    }),
    async send(values) {
      await call('POST', '/v1/account/password', { body: values })
      form.set('password', '')
      form.set('newPassword', '')
      notify('Password changed')
    },
    refusal(problem) {
      if (problem.code === 'password_incorrect') return { password: 'This is not your password.' }
      const [first] = problem.errors
      return first?.pointer === '/newPassword' ? { newPassword: `This password ${first.message}.` } : undefined
    }
  })
  return (
    <form {...form.form} className="panel stack max-w-[640px] p-4">
      {form.error !== undefined && <ErrorNote error={form.error} />}
      <p className="dim">A change ends all your other sessions. Tokens go on working.</p>
      <input type="text" name="username" autoComplete="username" value={email} readOnly hidden />
      <PasswordField label="Your password" autoComplete="current-password" {...form.field('password')} />
      <PasswordField
        label="New password"
        autoComplete="new-password"
        hint={passwordHint(form.values.newPassword, min)}
        {...form.field('newPassword')}
      />
      <SubmitRow pending={form.pending}>Change password</SubmitRow>
    </form>
  )
}
