import { call } from '../../api/call.ts'
import type { IssuedToken } from '../../api/types.ts'
import { refresh } from '../../api/use-api.ts'
import { useGo, useQueryText } from '../../lib/navigation.ts'
import { Button, ButtonLink } from '../../ui/Button.tsx'
import { ErrorNote } from '../../ui/ErrorNote.tsx'
import { PageHead } from '../../ui/PageHead.tsx'
import { PasswordField } from '../../ui/PasswordField.tsx'
import { Radios } from '../../ui/Radios.tsx'
import { Select } from '../../ui/Select.tsx'
import { TextField } from '../../ui/TextField.tsx'
import { useForm, type Errors } from '../../ui/useForm.ts'
import { holdSecret } from '../../lib/held-secret.ts'
import { MoreLimits, ScopeFields } from './LimitFields.tsx'
import { PermissionFields } from './PermissionFields.tsx'
import { checkLimits, NO_LIMITS, sentLimits, type LimitValues } from './limits.ts'

interface Values extends LimitValues {
  name: string
  ends: string
  days: string
  use: 'call' | 'manage'
  permissions: readonly string[]
  format: 'opaque' | 'jwt'
  password: string
}

const CUSTOM = 'custom'
const DAYS_MAX = 36_500
const NAME_MAX = 100

const ENDS = [
  { value: '7', label: 'in 7 days' },
  { value: '30', label: 'in 30 days' },
  { value: '90', label: 'in 90 days' },
  { value: '365', label: 'in 365 days' },
  { value: CUSTOM, label: 'Custom…' },
  { value: '0', label: 'never' }
]

export default function CreateToken() {
  const go = useGo()
  const [{ name: suggested = '' }] = useQueryText()
  const form = useForm<Values>({
    first: {
      ...NO_LIMITS,
      name: suggested,
      ends: '30',
      days: '',
      use: 'call',
      permissions: [],
      format: 'opaque',
      password: ''
    },
    check,
    async send(values) {
      const { name, use, format, permissions, password } = values
      const days = Number(values.ends === CUSTOM ? values.days : values.ends)
      const body = {
        name: name.trim(),
        days,
        password,
        ...(use === 'manage' ? { permissions } : { format }),
        ...sentLimits(values)
      }
      const { token, ...made } = await call<IssuedToken>('POST', '/v1/tokens', { body })
      holdSecret(made.id, token)
      await refresh('/v1/tokens')
      await go(`/tokens/${made.id}`)
    },
    refusal({ code, message, errors: [fault] }) {
      if (code === 'password_incorrect') return { password: 'This is not your password.' }
      // A policy may be stricter than the choices here, and the field for days is not always shown.
      if (fault?.pointer === '/days') return { ends: `This ${fault.message}.` }
      return code === 'conflict' ? { name: message } : undefined
    }
  })
  return (
    <>
      <PageHead title="Create token" parent={{ to: '/tokens', label: 'Tokens' }} />
      <form {...form.form} className="panel stack max-w-[640px] p-4">
        {form.error !== undefined && <ErrorNote error={form.error} />}
        <TextField label="Name" hint="Which system will use it." {...form.field('name')} />
        <div className="grid gap-3 sm:grid-cols-2">
          <Select label="Ends" options={ENDS} {...form.field('ends')} />
          {form.values.ends === CUSTOM && <TextField label="Days" inputMode="numeric" {...form.field('days')} />}
        </div>
        {form.values.ends === '0' && (
          <p className="dim">It works until somebody revokes it. A token that ends is safer.</p>
        )}
        <Radios
          legend="Use"
          value={form.values.use}
          onChange={(use) => form.set('use', use)}
          choices={[
            { value: 'call', label: 'Calls listeners', hint: 'For systems that call your URLs.' },
            {
              value: 'manage',
              label: 'Manages',
              hint: 'For programs that use the API, such as a pipeline that publishes flows.'
            }
          ]}
        />
        {form.values.use === 'manage' && <PermissionFields form={form} />}
        {form.values.use === 'call' && (
          <Radios
            legend="Form"
            value={form.values.format}
            onChange={(format) => form.set('format', format)}
            choices={[
              { value: 'opaque', label: 'Opaque', hint: '64 characters that say nothing. Right for most.' },
              { value: 'jwt', label: 'JWT', hint: 'Others can verify it with our public keys, without asking.' }
            ]}
          />
        )}
        <ScopeFields form={form} />
        <details>
          <summary className="label cursor-pointer">More limits</summary>
          <div className="pt-3">
            <MoreLimits form={form} />
          </div>
        </details>
        <PasswordField
          label="Your password"
          autoComplete="current-password"
          hint="A token works without your password, so making one asks for it."
          {...form.field('password')}
        />
        <div className="row justify-end">
          <ButtonLink to="/tokens">Cancel</ButtonLink>
          <Button type="submit" look="primary" pending={form.pending}>
            Create token
          </Button>
        </div>
      </form>
    </>
  )
}

function check(values: Values): Errors<Values> {
  const { name, ends, days, use, permissions, password } = values
  return {
    ...(name.trim() === '' ? { name: 'Enter a name.' } : {}),
    ...(name.trim().length > NAME_MAX ? { name: `At most ${NAME_MAX} characters.` } : {}),
    ...(ends === CUSTOM && !(/^\d{1,5}$/.test(days) && Number(days) >= 1 && Number(days) <= DAYS_MAX)
      ? { days: `Enter a whole number from 1 to ${DAYS_MAX}.` }
      : {}),
    ...(use === 'manage' && permissions.length === 0 ? { permissions: 'Choose at least one permission.' } : {}),
    ...checkLimits(values),
    ...(password === '' ? { password: 'Enter your password.' } : {})
  }
}
