import { useState } from 'react'
import { call } from '../../api/call.ts'
import { OpenFrame } from '../../frame/OpenFrame.tsx'
import { isEmail } from '../../lib/email.ts'
import { Button } from '../../ui/Button.tsx'
import { ErrorNote } from '../../ui/ErrorNote.tsx'
import { Link } from '../../ui/Link.tsx'
import { Note } from '../../ui/Note.tsx'
import { PageHead } from '../../ui/PageHead.tsx'
import { TextField } from '../../ui/TextField.tsx'
import { useForm } from '../../ui/useForm.ts'

/** Asks for a link by mail. The answer does not tell whether the account exists. */
export default function Forgot() {
  const [sentTo, setSentTo] = useState<string>()
  const form = useForm({
    first: { email: '' },
    check: ({ email }) => (isEmail(email) ? {} : { email: 'Enter an e-mail address.' }),
    async send({ email }) {
      await call('POST', '/v1/password-resets', { body: { email: email.trim() }, gate: false })
      setSentTo(email.trim())
    }
  })
  return (
    <OpenFrame>
      <PageHead title="Reset your password" />
      {sentTo === undefined ? (
        <form {...form.form} className="stack">
          {form.error !== undefined && <ErrorNote error={form.error} />}
          <TextField label="E-mail" type="email" autoComplete="username" {...form.field('email')} />
          <Button type="submit" look="primary" pending={form.pending}>
            Send a link
          </Button>
        </form>
      ) : (
        <Note tone="accent">
          <span role="status">
            If {sentTo} has an account here and this gateway sends mail, a link is on its way. It works for 1 hour.
          </span>
        </Note>
      )}
      <p className="dim small">No mail arrives? An admin can make a link for you as well.</p>
      <p>
        <Link to="/sign-in">Sign in instead</Link>
      </p>
    </OpenFrame>
  )
}
