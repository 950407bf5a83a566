import { call } from '../api/call.ts'
import { ApiProblem } from '../api/problem.ts'
import { signedInAgain, useSignedOut } from '../api/sign-in-again.ts'
import { Button } from '../ui/Button.tsx'
import { Dialog } from '../ui/Dialog.tsx'
import { ErrorNote } from '../ui/ErrorNote.tsx'
import { hrefOf } from '../ui/Link.tsx'
import { PasswordField } from '../ui/PasswordField.tsx'
import { TextField } from '../ui/TextField.tsx'
import { useForm } from '../ui/useForm.ts'
import { useAccount } from './session.tsx'

/** The session ended while a page was open. What was typed stays under the dialog, and the call that was refused is made again. */
export function SignInAgain() {
  const signedOut = useSignedOut()
  return (
    <Dialog open={signedOut} onClose={() => undefined} title="Sign in again" sticky>
      <SignInForm />
    </Dialog>
  )
}

function SignInForm() {
  const { email } = useAccount()
  const form = useForm({
    first: { password: '', totp: '', needsCode: false },
    check: ({ password }) => (password === '' ? { password: 'Enter your password.' } : {}),
    async send({ password, totp }) {
      await call('POST', '/v1/sessions', { body: { email, password, ...(totp ? { totp } : {}) }, gate: false })
      signedInAgain()
    },
    refusal(problem: ApiProblem) {
      const needs = problem.document['totp']
      if (needs === undefined) return problem.status === 401 ? { password: problem.message } : undefined
      form.set('needsCode', true)
      return { totp: problem.message }
    }
  })
  return (
    <form {...form.form} className="flex flex-col gap-3">
      <p>Your session has ended. What you typed is still on the page.</p>
      {form.error !== undefined && <ErrorNote error={form.error} />}
      <TextField label="E-mail" value={email} readOnly autoComplete="username" />
      <PasswordField label="Password" {...form.field('password')} autoComplete="current-password" />
      {form.values.needsCode && (
        <TextField label="Code" {...form.field('totp')} inputMode="numeric" autoComplete="one-time-code" />
      )}
      <div className="row justify-between">
        <a href={hrefOf('/sign-in')}>Sign in as somebody else</a>
        <Button type="submit" look="primary" pending={form.pending}>
          Sign in
        </Button>
      </div>
    </form>
  )
}
