import { useAbout } from '../../api/about.ts'
import { call } from '../../api/call.ts'
import { queryClient } from '../../api/query-client.ts'
import type { Account } from '../../api/types.ts'
import { OpenFrame } from '../../frame/OpenFrame.tsx'
import { useGo } from '../../lib/navigation.ts'
import { Button } from '../../ui/Button.tsx'
import { ErrorNote } from '../../ui/ErrorNote.tsx'
import { Link } from '../../ui/Link.tsx'
import { Note } from '../../ui/Note.tsx'
import { PageHead } from '../../ui/PageHead.tsx'
import { PasswordField } from '../../ui/PasswordField.tsx'
import { TextField } from '../../ui/TextField.tsx'
import { useForm } from '../../ui/useForm.ts'

const PASSWORD_MIN = 8
const PASSWORD_MAX = 256

export default function SignUp() {
  const about = useAbout()
  return (
    <OpenFrame>
      <PageHead title="Create your account" />
      {about.data?.signup === 'closed' ? (
        <Note>Sign-up is closed here. Ask an admin.</Note>
      ) : (
        <SignUpForm passwordMin={about.data?.passwordMin ?? PASSWORD_MIN} />
      )}
      <p>
        <Link to="/sign-in">Sign in instead</Link>
      </p>
    </OpenFrame>
  )
}

function SignUpForm({ passwordMin }: { passwordMin: number }) {
  const go = useGo()
  const form = useForm({
    first: { name: '', email: '', password: '' },
    check: ({ name, email, password }) => ({
      ...(name.trim() === '' ? { name: 'Enter your name.' } : {}),
      ...(/^[^\s@:]+@[^\s@:]+$/.test(email.trim()) ? {} : { email: 'Enter an e-mail address.' }),
      ...(lengthOf(password) < passwordMin ? { password: `At least ${passwordMin} characters.` } : {}),
      ...(lengthOf(password) > PASSWORD_MAX ? { password: `At most ${PASSWORD_MAX} characters.` } : {})
    }),
    async send({ name, email, password }) {
      const pair = { email: email.trim(), password }
      await call('POST', '/v1/accounts', { body: { ...pair, name: name.trim() }, gate: false })
      const { account } = await call<{ account: Account }>('POST', '/v1/sessions', { body: pair, gate: false })
      queryClient.clear()
      queryClient.setQueryData(['/v1/account', {}], account)
      await go('/')
    },
    refusal: (problem) => (problem.status === 409 ? { email: problem.message } : undefined)
  })
  const length = lengthOf(form.values.password)
  return (
    <form {...form.form} className="stack">
      {form.error !== undefined && <ErrorNote error={form.error} />}
      <TextField label="Name" autoComplete="name" {...form.field('name')} />
      <TextField label="E-mail" type="email" autoComplete="username" {...form.field('email')} />
      <PasswordField
        label="Password"
        autoComplete="new-password"
        hint={`${passwordMin} to ${PASSWORD_MAX} characters, and not a common one. ${length > 0 && length < passwordMin ? `${passwordMin - length} more.` : ''}`}
        {...form.field('password')}
      />
      <Button type="submit" look="primary" pending={form.pending}>
        Create account
      </Button>
    </form>
  )
}

/** Characters as people count them. */
function lengthOf(text: string): number {
  return [...text].length
}
