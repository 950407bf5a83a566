import { passwordFault, passwordHint } from '../../lib/new-password.ts'
import { Button } from '../../ui/Button.tsx'
import { ErrorNote } from '../../ui/ErrorNote.tsx'
import { notify } from '../../ui/notify.tsx'
import { PasswordField } from '../../ui/PasswordField.tsx'
import { TextField } from '../../ui/TextField.tsx'
import { useForm } from '../../ui/useForm.ts'

/** Creates the account that the invitation names, even if sign-up is closed. */
export function JoinAsNew({
  email,
  passwordMin,
  onSend,
  onKnown
}: {
  email: string
  passwordMin: number
  onSend: (body: { name: string; password: string }) => Promise<void>
  /** Called if an account with this e-mail exists, which has to sign in. */
  onKnown: () => void
}) {
  const form = useForm({
    first: { name: '', password: '' },
    check: ({ name, password }) => ({
      ...(name.trim() === '' ? { name: 'Enter your name.' } : {}),
      password: passwordFault(password, passwordMin)
    }),
    send: ({ name, password }) => onSend({ name: name.trim(), password }),
    refusal(problem) {
      if (problem.status !== 401) return undefined
      notify('This e-mail has an account: sign in with its password')
      onKnown()
      return {}
    }
  })
  return (
    <form {...form.form} className="stack">
      {form.error !== undefined && <ErrorNote error={form.error} />}
      <TextField label="E-mail" value={email} readOnly autoComplete="username" />
      <TextField label="Name" autoComplete="name" {...form.field('name')} />
      <PasswordField
        label="Password"
        autoComplete="new-password"
        hint={passwordHint(form.values.password, passwordMin)}
        {...form.field('password')}
      />
      <Button type="submit" look="primary" pending={form.pending}>
        Create account and join
      </Button>
    </form>
  )
}
