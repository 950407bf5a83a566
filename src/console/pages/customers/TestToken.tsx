import { useState } from 'react'
import type { Workspace } from '../../api/types.ts'
import { InWorkspace } from '../../frame/InWorkspace.tsx'
import { useQueryText } from '../../lib/navigation.ts'
import { signCustomerToken } from '../../lib/customer-token.ts'
import { Button, ButtonLink } from '../../ui/Button.tsx'
import { ErrorNote } from '../../ui/ErrorNote.tsx'
import { PageHead } from '../../ui/PageHead.tsx'
import { PasswordField } from '../../ui/PasswordField.tsx'
import { Secret } from '../../ui/Secret.tsx'
import { Section } from '../../ui/Section.tsx'
import { Select } from '../../ui/Select.tsx'
import { TextArea } from '../../ui/TextArea.tsx'
import { TextField } from '../../ui/TextField.tsx'
import { useForm } from '../../ui/useForm.ts'
import { fieldsOf } from './fields.ts'

const LIVES = [
  { value: '300', label: '5 minutes' },
  { value: '3600', label: '1 hour' },
  { value: '86400', label: '1 day' }
]

/** Signs a customer's token in the page, without sending the secret or the token anywhere. */
export default function TestToken() {
  return (
    <>
      <PageHead
        title="Make a test token"
        parent={{ to: '/customers', label: 'Customers' }}
        about="Signed in this page, as your back end would sign it. Neither the secret nor the token is sent or stored."
      />
      <InWorkspace>{(workspace) => <TestTokenForm key={workspace.id} workspace={workspace} />}</InWorkspace>
    </>
  )
}

function TestTokenForm({ workspace }: { workspace: Workspace }) {
  const [{ id = 'user-1', name = '' }] = useQueryText()
  const [token, setToken] = useState<string>()
  const form = useForm({
    first: { id, name, fields: '{}', seconds: '3600', secret: '' },
    check: (values) => ({
      ...(values.id.trim() === '' ? { id: 'Enter an id.' } : {}),
      ...(fieldsOf(values.fields) ? {} : { fields: 'Enter a JSON object, such as { "plan": "pro" }.' }),
      ...(/^[0-9a-f]{128}$/i.test(values.secret.trim())
        ? {}
        : { secret: 'Paste the secret of the workspace: 128 hexadecimal digits.' })
    }),
    async send(values) {
      const now = Math.floor(Date.now() / 1000)
      const fields = fieldsOf(values.fields) ?? {}
      const claims = {
        iss: workspace.key,
        id: values.id.trim(),
        ...(values.name.trim() ? { name: values.name.trim() } : {}),
        ...(Object.keys(fields).length > 0 ? { fields } : {}),
        iat: now,
        exp: now + Number(values.seconds)
      }
      setToken(await signCustomerToken(claims, values.secret.trim()))
    }
  })
  return (
    <>
      <form {...form.form} className="panel stack max-w-[760px] p-4">
        {form.error !== undefined && <ErrorNote error={form.error} />}
        <div className="grid gap-3 sm:grid-cols-2">
          <TextField label="Customer id" mono {...form.field('id')} />
          <TextField label="Name" optional {...form.field('name')} />
        </div>
        <TextArea label="Fields" optional mono rows={3} {...form.field('fields')} />
        <Select label="Lives for" options={LIVES} {...form.field('seconds')} />
        <PasswordField
          label="Secret of the workspace"
          autoComplete="off"
          hint={`Shown once, when ${workspace.name} was made or its secret rotated. Not sent and not stored.`}
          {...form.field('secret')}
        />
        <div className="row justify-end">
          <ButtonLink to="/customers">Cancel</ButtonLink>
          <Button type="submit" look="primary" pending={form.pending}>
            Make token
          </Button>
        </div>
      </form>
      {token !== undefined && (
        <Section title="Test token" beside={<Button onClick={() => setToken(undefined)}>Put away</Button>}>
          <p className="dim">Call a listener with it as a Bearer token. The customer appears with the first call.</p>
          <Secret label="Token" value={token} copy="Copy token" done="Token copied" />
        </Section>
      )}
    </>
  )
}
