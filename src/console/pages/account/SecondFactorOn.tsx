import { call } from '../../api/call.ts'
import type { TotpState } from '../../api/types.ts'
import { refresh } from '../../api/use-api.ts'
import { plural } from '../../lib/plural.ts'
import { Button } from '../../ui/Button.tsx'
import { ErrorNote } from '../../ui/ErrorNote.tsx'
import { Note } from '../../ui/Note.tsx'
import { notify } from '../../ui/notify.tsx'
import { PasswordField } from '../../ui/PasswordField.tsx'
import { Section } from '../../ui/Section.tsx'
import { TextField } from '../../ui/TextField.tsx'
import { Time } from '../../ui/Time.tsx'
import { useForm, type Errors } from '../../ui/useForm.ts'

/** With this number of codes left or fewer, the page advises to make new ones. */
const FEW_CODES = 3

interface Values {
  password: string
  totp: string
  asksCode: boolean
}

export function SecondFactorOn({ state: { confirmedAt, recoveryCodesLeft } }: { state: TotpState }) {
  const form = useForm<Values>({
    first: { password: '', totp: '', asksCode: false },
    check: ({ password }) => (password === '' ? { password: 'Enter your password.' } : {}),
    async send({ password, totp }) {
      await call('DELETE', '/v1/account/totp', { body: { password, ...(totp ? { totp: totp.trim() } : {}) } })
      notify('Second factor is off')
      await refresh('/v1/account/totp')
    },
    refusal(problem): Errors<Values> | undefined {
      if (problem.code === 'password_incorrect') return { password: 'This is not your password.' }
      const wantsCode =
        problem.document['totp'] !== undefined || problem.errors.some(({ pointer }) => pointer === '/totp')
      if (!wantsCode) return undefined
      const asked = form.values.asksCode
      form.set('asksCode', true)
      return { totp: asked ? problem.message : 'Enter a code of your app, or a recovery code.' }
    }
  })
  return (
    <>
      <Section title="Second factor is on">
        {confirmedAt && (
          <p>
            Turned on <Time at={confirmedAt} />. Signing in takes a code of your authenticator app.
          </p>
        )}
        {recoveryCodesLeft <= FEW_CODES ? (
          <Note>
            {plural(recoveryCodesLeft, 'recovery code')} left. Turn the second factor off and set it up again to get new
            ones.
          </Note>
        ) : (
          <p className="dim">{plural(recoveryCodesLeft, 'recovery code')} left.</p>
        )}
      </Section>
      <Section title="Turn it off">
        <form {...form.form} className="stack">
          {form.error !== undefined && <ErrorNote error={form.error} />}
          <p className="dim">Your password alone signs in again, and the recovery codes are void.</p>
          <PasswordField label="Your password" autoComplete="current-password" {...form.field('password')} />
          {form.values.asksCode && <TextField label="Code" mono autoComplete="one-time-code" {...form.field('totp')} />}
          <div className="row justify-end">
            <Button type="submit" look="danger" pending={form.pending}>
              Turn off the second factor
            </Button>
          </div>
        </form>
      </Section>
    </>
  )
}
