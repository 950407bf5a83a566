import { call } from '../../api/call.ts'
import type { TotpEnrolment } from '../../api/types.ts'
import { refresh } from '../../api/use-api.ts'
import { Button } from '../../ui/Button.tsx'
import { Copy } from '../../ui/Copy.tsx'
import { ErrorNote } from '../../ui/ErrorNote.tsx'
import { notify } from '../../ui/notify.tsx'
import { Section } from '../../ui/Section.tsx'
import { TextField } from '../../ui/TextField.tsx'
import { useForm } from '../../ui/useForm.ts'
import { QrCode } from './QrCode.tsx'
import { RecoveryCodes } from './RecoveryCodes.tsx'

/**
 * The secret as a QR code and as text, the recovery codes, and the field for the first code, which turns the second
 * factor on.
 */
export function Enrolment({
  enrolment: { uri, secret, recoveryCodes },
  stored,
  onStored,
  onCancel
}: {
  enrolment: TotpEnrolment
  stored: boolean
  onStored: (stored: boolean) => void
  onCancel: () => void
}) {
  const form = useForm({
    first: { totp: '' },
    check: ({ totp }) =>
      /^\d{6}$/.test(totp.replaceAll(' ', '')) ? {} : { totp: 'Enter the six digits that the app shows.' },
    async send({ totp }) {
      await call('POST', '/v1/account/totp/confirm', { body: { totp: totp.replaceAll(' ', '') }, gate: false })
      notify('Second factor is on')
      await refresh('/v1/account/totp')
    },
    refusal: ({ status, code, message }) =>
      status === 401 || code === 'password_incorrect' ? { totp: message } : undefined
  })
  return (
    <form {...form.form} className="stack">
      {form.error !== undefined && <ErrorNote error={form.error} />}
      <Section title="1. Scan this with your authenticator app">
        <div className="flex flex-wrap items-center gap-4">
          <QrCode text={uri} label="QR code for your authenticator app" />
          <div className="flex min-w-0 flex-1 basis-56 flex-col items-start gap-2">
            <p className="dim">Or type this secret into the app:</p>
            <code className="break-all">{secret}</code>
            <Copy text={secret} label="Copy secret" done="Secret copied" />
          </div>
        </div>
      </Section>
      <RecoveryCodes title="2. Store the recovery codes" codes={recoveryCodes} stored={stored} onStored={onStored} />
      <Section title="3. Enter a code">
        <TextField
          label="Code from the app"
          inputMode="numeric"
          autoComplete="one-time-code"
          className="max-w-60"
          mono
          {...form.field('totp')}
        />
        <div className="row justify-end">
          <Button onClick={onCancel}>Cancel</Button>
          <Button type="submit" look="primary" pending={form.pending}>
            Turn on
          </Button>
        </div>
      </Section>
    </form>
  )
}
