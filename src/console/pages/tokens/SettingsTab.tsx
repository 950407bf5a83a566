import { call } from '../../api/call.ts'
import type { Token } from '../../api/types.ts'
import { refresh } from '../../api/use-api.ts'
import { Button } from '../../ui/Button.tsx'
import { ErrorNote } from '../../ui/ErrorNote.tsx'
import { Facts } from '../../ui/Facts.tsx'
import { notify } from '../../ui/notify.tsx'
import { PasswordField } from '../../ui/PasswordField.tsx'
import { TextField } from '../../ui/TextField.tsx'
import { Time } from '../../ui/Time.tsx'
import { useForm } from '../../ui/useForm.ts'
import { MoreLimits, ScopeFields } from './LimitFields.tsx'
import { checkLimits, limitsOf, sentLimits, type LimitValues } from './limits.ts'
import { isWorking } from './token-state.tsx'

interface Values extends LimitValues {
  name: string
  password: string
  asked: boolean
}

/** Name, scope and limits. What widens a token can ask for the password. */
export function SettingsTab({ token }: { token: Token }) {
  return (
    <div className="stack max-w-[640px]">
      {isWorking(token) ? (
        <Settings key={token.id} token={token} />
      ) : (
        <p className="dim">A token that works no more cannot be changed.</p>
      )}
      <div className="panel p-4">
        <Facts
          facts={[
            ['Created', <Time key="created" at={token.createdAt} />],
            ['Ends', token.expiresAt ? <Time key="ends" at={token.expiresAt} /> : 'never'],
            ['Form', token.format === 'jwt' ? 'JWT' : 'Opaque'],
            ['Starts with', <code key="start">{token.start}…</code>]
          ]}
        />
      </div>
    </div>
  )
}

function Settings({ token }: { token: Token }) {
  const form = useForm<Values>({
    first: { ...limitsOf(token), name: token.name, password: '', asked: false },
    check: (values) => ({
      ...(values.name.trim() === '' ? { name: 'Enter a name.' } : {}),
      ...checkLimits(values),
      ...(values.asked && values.password === '' ? { password: 'Enter your password.' } : {})
    }),
    async send(values) {
      const body = {
        name: values.name.trim(),
        ...sentLimits(values),
        ...(values.password ? { password: values.password } : {})
      }
      await call('PATCH', `/v1/tokens/${token.id}`, { body })
      form.set('password', '')
      form.set('asked', false)
      notify('Settings saved')
      await refresh('/v1/tokens')
    },
    refusal({ code, message }) {
      if (code === 'password_incorrect') return { password: 'This is not your password.' }
      if (code === 'conflict') return { name: message }
      if (code !== 'confirmation_required') return undefined
      form.set('asked', true)
      return { password: 'This widens what the token may do: enter your password.' }
    }
  })
  return (
    <form {...form.form} className="panel stack p-4">
      {form.error !== undefined && <ErrorNote error={form.error} />}
      <TextField label="Name" {...form.field('name')} />
      <ScopeFields form={form} />
      <MoreLimits form={form} />
      {form.values.asked && (
        <PasswordField label="Your password" autoComplete="current-password" {...form.field('password')} />
      )}
      <div className="row justify-end">
        <Button type="submit" look="primary" pending={form.pending}>
          Save settings
        </Button>
      </div>
    </form>
  )
}
