import { call } from '../../api/call.ts'
import { ErrorNote } from '../../ui/ErrorNote.tsx'
import { notify } from '../../ui/notify.tsx'
import { Select } from '../../ui/Select.tsx'
import { SubmitRow } from '../../ui/SubmitRow.tsx'
import { useForm } from '../../ui/useForm.ts'

const HOUR = 3_600
const OVERLAPS = [
  { value: '0', label: 'It ends now' },
  { value: String(HOUR), label: '1 hour' },
  { value: String(24 * HOUR), label: '24 hours' },
  { value: String(7 * 24 * HOUR), label: '7 days' }
]

/** Replaces the secret of a sink. Deliveries are signed with both until the old one ends. */
export function RotateSink({ path, onRotated }: { path: string; onRotated: (secret: string) => void }) {
  const form = useForm({
    first: { overlap: String(24 * HOUR) },
    async send({ overlap }) {
      const body = { overlapSeconds: Number(overlap) }
      const { secret } = await call<{ secret: string }>('POST', `${path}/secret/rotate`, { body })
      notify('Secret rotated')
      onRotated(secret)
    }
  })
  return (
    <form {...form.form} className="stack">
      {form.error !== undefined && <ErrorNote error={form.error} />}
      <Select label="Old secret keeps signing for" options={OVERLAPS} {...form.field('overlap')} />
      <SubmitRow pending={form.pending}>Rotate secret</SubmitRow>
    </form>
  )
}
