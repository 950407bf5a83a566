import { call } from '../../api/call.ts'
import { ApiProblem } from '../../api/problem.ts'
import { signIn } from '../../api/sign-in.ts'
import { useGo } from '../../lib/navigation.ts'
import { passwordFault, passwordHint } from '../../lib/new-password.ts'
import { Button } from '../../ui/Button.tsx'
import { ErrorNote } from '../../ui/ErrorNote.tsx'
import { notify } from '../../ui/notify.tsx'
import { PageHead } from '../../ui/PageHead.tsx'
import { PasswordField } from '../../ui/PasswordField.tsx'
import { TextField } from '../../ui/TextField.tsx'
import { useForm } from '../../ui/useForm.ts'
import type { AccountLink } from './account-link.ts'

/** Sets the first password of an account that an admin created, or a new one if the old one is lost. */
export function SetPassword({
  path,
  link: { purpose, email },
  mail,
  passwordMin
}: {
  path: string
  link: AccountLink
  mail: { mailCode?: string }
  passwordMin: number
}) {
  const go = useGo()
  const form = useForm({
    first: { password: '' },
    check: ({ password }) => ({ password: passwordFault(password, passwordMin) }),
    async send({ password }) {
      await call('POST', path, { body: { password, ...mail }, gate: false })
      notify('Password set')
      await signInOrAsk(email, password)
    }
  })

  /** Signs in. An account with a second factor needs a code too, so the sign-in page opens for it. */
  async function signInOrAsk(name: string, password: string): Promise<void> {
    try {
      await signIn({ email: name, password })
      await go('/', { replace: true })
    } catch (error) {
      if (!(error instanceof ApiProblem)) throw error
      await go('/sign-in', { replace: true })
    }
  }

  return (
    <>
      <PageHead
        title={purpose === 'account' ? 'Welcome to Sluice' : 'Choose a new password'}
        about={
          purpose === 'account'
            ? 'An admin made an account for you. Choose its password.'
            : 'Sessions that are open end with it.'
        }
      />
      <form {...form.form} className="stack">
        {form.error !== undefined && <ErrorNote error={form.error} />}
        <TextField label="E-mail" value={email} readOnly autoComplete="username" />
        <PasswordField
          label="New password"
          autoComplete="new-password"
          hint={passwordHint(form.values.password, passwordMin)}
          {...form.field('password')}
        />
        <Button type="submit" look="primary" pending={form.pending}>
          Set password
        </Button>
      </form>
    </>
  )
}
