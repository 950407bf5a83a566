import { useId } from 'react'
import { Button } from '../../ui/Button.tsx'
import { Dialog } from '../../ui/Dialog.tsx'
import { ErrorNote } from '../../ui/ErrorNote.tsx'
import { notify } from '../../ui/notify.tsx'
import { TextField } from '../../ui/TextField.tsx'
import { useForm } from '../../ui/useForm.ts'
import type { ScheduleItem } from './use-schedules.ts'

/** Sets the time zone of a cron expression. */
export function TimeZoneDialog({
  item,
  onClose,
  onSend
}: {
  item: ScheduleItem
  onClose: () => void
  onSend: (timeZone: string) => Promise<void>
}) {
  const names = useId()
  const form = useForm({
    first: { timeZone: item.timeZone },
    check: ({ timeZone }) => (timeZone.trim() === '' ? { timeZone: 'Enter a time zone.' } : {}),
    async send({ timeZone }) {
      await onSend(timeZone.trim())
      notify('Time zone changed')
      onClose()
    }
  })
  return (
    <Dialog open onClose={onClose} title={`Time zone of ${item.name}`}>
      <form {...form.form} className="stack">
        {form.error !== undefined && <ErrorNote error={form.error} />}
        <TextField
          label="Time zone"
          list={names}
          hint="Such as Europe/Berlin. Daylight saving time is followed."
          {...form.field('timeZone')}
        />
        <datalist id={names}>
          {Intl.supportedValuesOf('timeZone').map((name) => (
            <option key={name}>{name}</option>
          ))}
        </datalist>
        <div className="row justify-end">
          <Button onClick={onClose}>Cancel</Button>
          <Button type="submit" look="primary" pending={form.pending}>
            Change time zone
          </Button>
        </div>
      </form>
    </Dialog>
  )
}
