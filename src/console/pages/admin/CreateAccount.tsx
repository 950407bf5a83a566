import { call } from '../../api/call.ts'
import type { Account } from '../../api/types.ts'
import { refresh } from '../../api/use-api.ts'
import { isEmail } from '../../lib/email.ts'
import { holdSecret } from '../../lib/held-secret.ts'
import { useGo } from '../../lib/navigation.ts'
import { Button, ButtonLink } from '../../ui/Button.tsx'
import { ErrorNote } from '../../ui/ErrorNote.tsx'
import { PageHead } from '../../ui/PageHead.tsx'
import { Radios } from '../../ui/Radios.tsx'
import { TextField } from '../../ui/TextField.tsx'
import { useForm } from '../../ui/useForm.ts'
import { ACCOUNTS } from './ChangeAccount.tsx'
import { ACCOUNT_LINK, type MadeLink } from './account-link.ts'

interface Values {
  email: string
  name: string
  role: Account['role']
}

/** Creates an account for somebody else, who sets its password by a link. */
export default function CreateAccount() {
  const go = useGo()
  const form = useForm<Values>({
    first: { email: '', name: '', role: 'user' },
    check: ({ email, name }) => ({
      ...(isEmail(email) ? {} : { email: 'Enter an e-mail address.' }),
      ...(name.trim() === '' ? { name: 'Enter a name.' } : {})
    }),
    async send({ email, name, role }) {
      const body = { email: email.trim(), name: name.trim(), role }
      const { link } = await call<MadeLink>('POST', ACCOUNTS, { body })
      holdSecret(ACCOUNT_LINK, link)
      await refresh(ACCOUNTS)
      await go('/admin/accounts')
    },
    refusal: ({ code, message }) => (code === 'conflict' ? { email: message } : undefined)
  })
  return (
    <>
      <PageHead
        title="Create account"
        parent={{ to: '/admin/accounts', label: 'Accounts' }}
        about="You get a link, with which its owner sets the password. It works for 7 days."
      />
      <form {...form.form} className="panel stack max-w-[640px] p-4">
        {form.error !== undefined && <ErrorNote error={form.error} />}
        <TextField label="E-mail" type="email" {...form.field('email')} />
        <TextField label="Name" {...form.field('name')} />
        <Radios
          legend="Role"
          value={form.values.role}
          onChange={(role) => form.set('role', role)}
          choices={[
            { value: 'user', label: 'User', hint: 'Has a workspace of its own, and those it is invited to.' },
            { value: 'admin', label: 'Admin', hint: 'Sees all accounts and tokens, and can suspend and revoke them.' }
          ]}
        />
        <div className="row justify-end">
          <ButtonLink to="/admin/accounts">Cancel</ButtonLink>
          <Button type="submit" look="primary" pending={form.pending}>
            Create account
          </Button>
        </div>
      </form>
    </>
  )
}
