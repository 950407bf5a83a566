import { useState } from 'react'
import { useAbout } from '../../api/about.ts'
import { call } from '../../api/call.ts'
import { ApiProblem } from '../../api/problem.ts'
import { signIn } from '../../api/sign-in.ts'
import { OpenFrame } from '../../frame/OpenFrame.tsx'
import { isEmail } from '../../lib/email.ts'
import { useGo } from '../../lib/navigation.ts'
import { PASSWORD_MIN, passwordFault, passwordHint } from '../../lib/new-password.ts'
import { Button } from '../../ui/Button.tsx'
import { ErrorNote } from '../../ui/ErrorNote.tsx'
import { Link } from '../../ui/Link.tsx'
import { Note } from '../../ui/Note.tsx'
import { PageHead } from '../../ui/PageHead.tsx'
import { PasswordField } from '../../ui/PasswordField.tsx'
import { TextField } from '../../ui/TextField.tsx'
import { useForm } from '../../ui/useForm.ts'

export default function SignUp() {
  const about = useAbout()
  const [toConfirm, setToConfirm] = useState<string>()
  if (toConfirm !== undefined)
    return (
      <OpenFrame>
        <PageHead title="Confirm your e-mail" />
        <p>A link was mailed to {toConfirm}. Open it, then sign in.</p>
        <p>
          <Link to="/sign-in">Sign in</Link>
        </p>
      </OpenFrame>
    )
  return (
    <OpenFrame>
      <PageHead title="Create your account" />
      {about.data?.signup === 'closed' ? (
        <Note>Sign-up is closed here. Ask an admin.</Note>
      ) : (
        <SignUpForm passwordMin={about.data?.passwordMin ?? PASSWORD_MIN} onToConfirm={setToConfirm} />
      )}
      <p>
        <Link to="/sign-in">Sign in instead</Link>
      </p>
    </OpenFrame>
  )
}

function SignUpForm({
  passwordMin,
  onToConfirm
}: {
  passwordMin: number
  /** Called if the account was created, but its e-mail must be proven before a sign-in. */
  onToConfirm: (email: string) => void
}) {
  const go = useGo()
  const form = useForm({
    first: { name: '', email: '', password: '' },
    check: ({ name, email, password }) => ({
      ...(name.trim() === '' ? { name: 'Enter your name.' } : {}),
      ...(isEmail(email) ? {} : { email: 'Enter an e-mail address.' }),
      password: passwordFault(password, passwordMin)
    }),
    async send({ name, email, password }) {
      const pair = { email: email.trim(), password }
      await call('POST', '/v1/accounts', { body: { ...pair, name: name.trim() }, gate: false })
      try {
        await signIn(pair)
      } catch (error) {
        if (!(error instanceof ApiProblem) || error.code !== 'insufficient_scope') throw error
        return onToConfirm(pair.email)
      }
      await go('/')
    },
    refusal: (problem) => (problem.status === 409 ? { email: problem.message } : undefined)
  })
  return (
    <form {...form.form} className="stack">
      {form.error !== undefined && <ErrorNote error={form.error} />}
      <TextField label="Name" autoComplete="name" {...form.field('name')} />
      <TextField label="E-mail" type="email" autoComplete="username" {...form.field('email')} />
      <PasswordField
        label="Password"
        autoComplete="new-password"
        hint={passwordHint(form.values.password, passwordMin)}
        {...form.field('password')}
      />
      <Button type="submit" look="primary" pending={form.pending}>
        Create account
      </Button>
    </form>
  )
}
