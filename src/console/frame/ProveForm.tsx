import type { ApiProblem } from '../api/problem.ts'
import type { SignInBody } from '../api/sign-in.ts'
import { Button } from '../ui/Button.tsx'
import { ErrorNote } from '../ui/ErrorNote.tsx'
import { PasswordField } from '../ui/PasswordField.tsx'
import { TextField } from '../ui/TextField.tsx'
import { useForm, type Errors } from '../ui/useForm.ts'

interface Values {
  password: string
  totp: string
  needsCode: boolean
}

/** E-mail, password and, if the server asks for it, a code: for the dialogs at which calls wait. */
export function ProveForm({
  email,
  label,
  action,
  onSend,
  children
}: {
  email: string
  /** The label of the password field. */
  label: string
  action: string
  onSend: (proof: SignInBody) => Promise<void>
  /** The alternative beside the button. */
  children?: React.ReactNode
}) {
  const form = useForm<Values>({
    first: { password: '', totp: '', needsCode: false },
    check: ({ password }) => (password === '' ? { password: 'Enter your password.' } : {}),
    send: ({ password, totp }) => onSend({ email, password, ...(totp ? { totp: totp.trim() } : {}) }),
    refusal(problem): Errors<Values> | undefined {
      if (asksForCode(problem)) {
        const asked = form.values.needsCode
        form.set('needsCode', true)
        return { totp: asked ? problem.message : 'Enter the code from your authenticator app.' }
      }
      if (problem.code === 'password_incorrect') return { password: 'This is not your password.' }
      return problem.status === 401 ? { password: problem.message } : undefined
    }
  })
  return (
    <form {...form.form} className="flex flex-col gap-3">
      {form.error !== undefined && <ErrorNote error={form.error} />}
      <TextField label="E-mail" value={email} readOnly autoComplete="username" />
      <PasswordField label={label} {...form.field('password')} autoComplete="current-password" />
      {form.values.needsCode && (
        <TextField
          label="Code"
          hint="Six digits, or one of your recovery codes."
          autoComplete="one-time-code"
          {...form.field('totp')}
        />
      )}
      <div className="row justify-between">
        {children}
        <Button type="submit" look="primary" className="ml-auto" pending={form.pending}>
          {action}
        </Button>
      </div>
    </form>
  )
}

function asksForCode({ document, errors }: ApiProblem): boolean {
  return document['totp'] !== undefined || errors.some(({ pointer }) => pointer === '/totp')
}
