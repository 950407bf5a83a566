import { call } from '../../api/call.ts'
import type { Token } from '../../api/types.ts'
import { refresh } from '../../api/use-api.ts'
import { Button } from '../../ui/Button.tsx'
import { ErrorNote } from '../../ui/ErrorNote.tsx'
import { Facts } from '../../ui/Facts.tsx'
import { notify } from '../../ui/notify.tsx'
import { TextField } from '../../ui/TextField.tsx'
import { Time } from '../../ui/Time.tsx'
import { useForm } from '../../ui/useForm.ts'
import { MoreLimits, ScopeFields } from './LimitFields.tsx'
import { checkLimits, limitsOf, sentLimits, type LimitValues } from './limits.ts'
import { isWorking } from './token-state.tsx'

interface Values extends LimitValues {
  name: string
}

/** Name, scope and limits. */
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
    first: { ...limitsOf(token), name: token.name },
    check: (values) => ({
      ...(values.name.trim() === '' ? { name: 'Enter a name.' } : {}),
      ...checkLimits(values)
    }),
    async send(values) {
      const body = { name: values.name.trim(), ...sentLimits(values) }
      await call('PATCH', `/v1/tokens/${token.id}`, { body })
      notify('Settings saved')
      await refresh('/v1/tokens')
    },
    refusal: ({ code, message }) => (code === 'conflict' ? { name: message } : undefined)
  })
  return (
    <form {...form.form} className="panel stack p-4">
      {form.error !== undefined && <ErrorNote error={form.error} />}
      <TextField label="Name" {...form.field('name')} />
      <ScopeFields form={form} />
      <MoreLimits form={form} />
      <div className="row justify-end">
        <Button type="submit" look="primary" pending={form.pending}>
          Save settings
        </Button>
      </div>
    </form>
  )
}
