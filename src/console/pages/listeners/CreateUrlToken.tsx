import { call } from '../../api/call.ts'
import type { IssuedToken, Listener } from '../../api/types.ts'
import { refresh, useRead } from '../../api/use-api.ts'
import { holdSecret } from '../../lib/held-secret.ts'
import { useGo, useParam } from '../../lib/navigation.ts'
import { Button, ButtonLink } from '../../ui/Button.tsx'
import { ErrorNote } from '../../ui/ErrorNote.tsx'
import { Loaded } from '../../ui/Loaded.tsx'
import { PageHead } from '../../ui/PageHead.tsx'
import { PasswordField } from '../../ui/PasswordField.tsx'
import { Select } from '../../ui/Select.tsx'
import { TextField } from '../../ui/TextField.tsx'
import { useForm } from '../../ui/useForm.ts'

const ENDS = [
  { value: '7', label: 'in 7 days' },
  { value: '30', label: 'in 30 days' },
  { value: '90', label: 'in 90 days' },
  { value: '365', label: 'in 365 days' },
  { value: '0', label: 'never' }
]

export default function CreateUrlToken() {
  const listener = useRead<Listener>(`/v1/listeners/${useParam('id')}`)
  return (
    <Loaded query={listener} page>
      {(data) => <Create key={data.id} listener={data} />}
    </Loaded>
  )
}

function Create({ listener: { id, name } }: { listener: Listener }) {
  const go = useGo()
  const form = useForm({
    first: { name: `URL of ${name}`.slice(0, 100), days: '90', password: '' },
    check: (values) => ({
      ...(values.name.trim() === '' ? { name: 'Enter a name.' } : {}),
      ...(values.password === '' ? { password: 'Enter your password.' } : {})
    }),
    async send(values) {
      const body = { name: values.name.trim(), days: Number(values.days), password: values.password }
      const { token, ...made } = await call<IssuedToken>('POST', `/v1/listeners/${id}/url-token`, { body })
      holdSecret(made.id, token)
      await refresh('/v1/tokens')
      await go(`/tokens/${made.id}`)
    },
    refusal({ code, message }) {
      if (code === 'password_incorrect') return { password: 'This is not your password.' }
      return code === 'conflict' ? { name: message } : undefined
    }
  })
  return (
    <>
      <PageHead
        title="Create URL token"
        parent={{ to: `/listeners/${id}`, label: name }}
        about="A token for this listener alone, for systems that can only be given a URL."
      />
      <form {...form.form} className="panel stack max-w-[640px] p-4">
        {form.error !== undefined && <ErrorNote error={form.error} />}
        <TextField label="Name" {...form.field('name')} />
        <Select label="Ends" options={ENDS} {...form.field('days')} />
        <PasswordField label="Your password" autoComplete="current-password" {...form.field('password')} />
        <div className="row justify-end">
          <ButtonLink to={`/listeners/${id}`}>Cancel</ButtonLink>
          <Button type="submit" look="primary" pending={form.pending}>
            Create URL token
          </Button>
        </div>
      </form>
    </>
  )
}
