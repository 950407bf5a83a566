import { useRouter } from '@tanstack/react-router'
import { useState } from 'react'
import { useAbout } from '../../api/about.ts'
import { signIn } from '../../api/sign-in.ts'
import { OpenFrame } from '../../frame/OpenFrame.tsx'
import { useQueryText } from '../../lib/navigation.ts'
import { Button } from '../../ui/Button.tsx'
import { ErrorNote } from '../../ui/ErrorNote.tsx'
import { hrefOf, Link } from '../../ui/Link.tsx'
import { Note } from '../../ui/Note.tsx'
import { PageHead } from '../../ui/PageHead.tsx'
import { PasswordField } from '../../ui/PasswordField.tsx'
import { TextField } from '../../ui/TextField.tsx'
import { useForm } from '../../ui/useForm.ts'
import { pageAfterSignIn } from './next.ts'

export default function SignIn() {
  const router = useRouter()
  const [{ next }] = useQueryText()
  const about = useAbout()
  const [wrong, setWrong] = useState(false)
  const form = useForm({
    first: { email: '', password: '', totp: '', needsCode: false },
    check: ({ email, password }) => ({
      ...(email.trim() === '' ? { email: 'Enter your e-mail.' } : {}),
      ...(password === '' ? { password: 'Enter your password.' } : {})
    }),
    async send({ email, password, totp }) {
      setWrong(false)
      await signIn({ email: email.trim(), password, ...(totp ? { totp: totp.trim() } : {}) })
      router.history.push(hrefOf(pageAfterSignIn(next)))
    },
    refusal(problem) {
      const needs = problem.document['totp']
      if (needs !== undefined) {
        form.set('needsCode', true)
        return { totp: needs === 'required' ? 'Enter the code from your authenticator app.' : problem.message }
      }
      if (problem.status !== 401) return undefined
      // The gateway does not tell which of the two is wrong.
      setWrong(true)
      setTimeout(focusPassword)
      return {}
    }
  })

  function focusPassword(): void {
    form.form.ref.current?.querySelector<HTMLInputElement>('input[name=password]')?.focus()
  }

  return (
    <OpenFrame>
      <PageHead title="Sign in to Sluice" />
      <form {...form.form} className="stack">
        {wrong && (
          <Note tone="bad">
            <span role="alert">E-mail or password is wrong.</span>
          </Note>
        )}
        {form.error !== undefined && <ErrorNote error={form.error} />}
        <TextField label="E-mail" name="email" type="email" autoComplete="username" {...form.field('email')} />
        <PasswordField label="Password" name="password" autoComplete="current-password" {...form.field('password')} />
        {form.values.needsCode && (
          <TextField
            label="Code"
            name="totp"
            autoComplete="one-time-code"
            hint="Six digits, or one of your recovery codes."
            {...form.field('totp')}
          />
        )}
        <Button type="submit" look="primary" pending={form.pending}>
          Sign in
        </Button>
      </form>
      <p className="dim small">
        The terminal that ran <code>npm start</code> for the first time printed the admin's password.
      </p>
      <p className="row justify-between">
        <Link to="/forgot">Forgot your password?</Link>
        {about.data?.signup !== 'closed' && <Link to="/sign-up">Create an account</Link>}
      </p>
    </OpenFrame>
  )
}
