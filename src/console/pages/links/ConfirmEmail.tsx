import { useState } from 'react'
import { call } from '../../api/call.ts'
import { useAction } from '../../api/use-action.ts'
import { refresh } from '../../api/use-api.ts'
import { Button } from '../../ui/Button.tsx'
import { ErrorNote } from '../../ui/ErrorNote.tsx'
import { Link } from '../../ui/Link.tsx'
import { Note } from '../../ui/Note.tsx'
import { PageHead } from '../../ui/PageHead.tsx'
import { PasswordField } from '../../ui/PasswordField.tsx'
import { Skeleton } from '../../ui/Skeleton.tsx'
import { TextField } from '../../ui/TextField.tsx'
import { useForm } from '../../ui/useForm.ts'
import { useVisitor } from './use-visitor.ts'

/** Proves the e-mail of an account: by a click if it is signed in, otherwise by its password. */
export function ConfirmEmail({ path, email }: { path: string; email: string }) {
  const { account } = useVisitor()
  const [done, setDone] = useState(false)

  async function confirm(body: { password?: string }): Promise<void> {
    await call('POST', path, { body, gate: false })
    setDone(true)
    await refresh('/v1/account')
  }

  if (done)
    return (
      <>
        <PageHead title="Your e-mail is confirmed" about={email} />
        <p>
          <Link to="/">Go on</Link>
        </p>
      </>
    )
  return (
    <>
      <PageHead title="Confirm your e-mail" about={`Somebody made an account with ${email}.`} />
      {account === undefined ? (
        <Skeleton />
      ) : account?.email === email ? (
        <ConfirmNow onConfirm={() => confirm({})} />
      ) : (
        <ConfirmByPassword email={email} onConfirm={(password) => confirm({ password })} />
      )}
    </>
  )
}

function ConfirmNow({ onConfirm }: { onConfirm: () => Promise<void> }) {
  const confirm = useAction(onConfirm)
  return (
    <>
      {confirm.error !== undefined && <ErrorNote error={confirm.error} />}
      <Button look="primary" pending={confirm.pending} onClick={() => void confirm.run()}>
        Confirm e-mail
      </Button>
    </>
  )
}

function ConfirmByPassword({ email, onConfirm }: { email: string; onConfirm: (password: string) => Promise<void> }) {
  const form = useForm({
    first: { password: '' },
    check: ({ password }) => (password === '' ? { password: 'Enter the password of the account.' } : {}),
    send: ({ password }) => onConfirm(password),
    refusal: (problem) =>
      problem.code === 'password_incorrect' ? { password: 'This is not the password of the account.' } : undefined
  })
  return (
    <form {...form.form} className="stack">
      <Note>If you did not make this account, close this page: somebody else used your e-mail.</Note>
      {form.error !== undefined && <ErrorNote error={form.error} />}
      <TextField label="E-mail" value={email} readOnly autoComplete="username" />
      <PasswordField label="Password" autoComplete="current-password" {...form.field('password')} />
      <Button type="submit" look="primary" pending={form.pending}>
        Confirm e-mail
      </Button>
    </form>
  )
}
