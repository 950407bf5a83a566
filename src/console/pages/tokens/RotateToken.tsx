import { call } from '../../api/call.ts'
import type { IssuedToken, Token } from '../../api/types.ts'
import { refresh, useRead } from '../../api/use-api.ts'
import { useGo, useParam } from '../../lib/navigation.ts'
import { absoluteTime } from '../../lib/time.ts'
import { useTick } from '../../lib/use-tick.ts'
import { Button, ButtonLink } from '../../ui/Button.tsx'
import { ErrorNote } from '../../ui/ErrorNote.tsx'
import { Loaded } from '../../ui/Loaded.tsx'
import { PageHead } from '../../ui/PageHead.tsx'
import { PasswordField } from '../../ui/PasswordField.tsx'
import { Select } from '../../ui/Select.tsx'
import { TextField } from '../../ui/TextField.tsx'
import { useForm } from '../../ui/useForm.ts'
import { holdSecret } from '../../lib/held-secret.ts'
import { LastUse } from './RevokeToken.tsx'

const CUSTOM = 'custom'
const HOUR = 3_600
const HOURS_MAX = 24 * 30

const OVERLAPS = [
  { value: '0', label: 'It ends now' },
  { value: String(HOUR), label: '1 hour' },
  { value: String(24 * HOUR), label: '24 hours' },
  { value: String(7 * 24 * HOUR), label: '7 days' },
  { value: CUSTOM, label: 'Custom…' }
]

export default function RotateToken() {
  const id = useParam('id')
  const token = useRead<Token>(`/v1/tokens/${id}`)
  return (
    <Loaded query={token} page>
      {(data) => <Rotate key={data.id} token={data} />}
    </Loaded>
  )
}

function Rotate({ token }: { token: Token }) {
  const go = useGo()
  useTick(30)
  const form = useForm({
    first: { overlap: String(24 * HOUR), hours: '', password: '' },
    check: ({ overlap, hours, password }) => ({
      ...(overlap === CUSTOM && !(/^\d{1,3}$/.test(hours) && Number(hours) >= 1 && Number(hours) <= HOURS_MAX)
        ? { hours: `Enter a whole number from 1 to ${HOURS_MAX}.` }
        : {}),
      ...(password === '' ? { password: 'Enter your password.' } : {})
    }),
    async send({ password, ...values }) {
      const body = { password, overlapSeconds: overlapOf(values) }
      const { token: text, ...made } = await call<IssuedToken>('POST', `/v1/tokens/${token.id}/rotate`, { body })
      holdSecret(made.id, text)
      await refresh('/v1/tokens')
      await go(`/tokens/${made.id}`, { replace: true })
    },
    refusal: ({ code }) => (code === 'password_incorrect' ? { password: 'This is not your password.' } : undefined)
  })
  const end = endOf(token, overlapOf(form.values))
  return (
    <>
      <PageHead
        title={`Rotate ${token.name}`}
        parent={{ to: '/tokens', label: 'Tokens' }}
        about="A new token takes its place, with the same name, scope and limits."
      />
      <form {...form.form} className="panel stack max-w-[640px] p-4">
        {form.error !== undefined && <ErrorNote error={form.error} />}
        <LastUse token={token} />
        <Select label="Old token keeps working for" options={OVERLAPS} {...form.field('overlap')} />
        {form.values.overlap === CUSTOM && <TextField label="Hours" inputMode="numeric" {...form.field('hours')} />}
        <p className="dim">
          {form.values.overlap === '0'
            ? 'The old token is refused from the next call on.'
            : `The old token works until ${absoluteTime(end)}, and never beyond its own end. ` +
              'This cannot be extended later.'}
        </p>
        <PasswordField label="Your password" autoComplete="current-password" {...form.field('password')} />
        <div className="row justify-end">
          <ButtonLink to={`/tokens/${token.id}`}>Cancel</ButtonLink>
          <Button type="submit" look="primary" pending={form.pending}>
            Rotate token
          </Button>
        </div>
      </form>
    </>
  )
}

function overlapOf({ overlap, hours }: { overlap: string; hours: string }): number {
  return overlap === CUSTOM ? Number(hours) * HOUR : Number(overlap)
}

function endOf(token: Token, seconds: number): Date {
  const wanted = Date.now() + (Number.isFinite(seconds) ? seconds : 0) * 1000
  return new Date(token.expiresAt ? Math.min(wanted, Date.parse(token.expiresAt)) : wanted)
}
