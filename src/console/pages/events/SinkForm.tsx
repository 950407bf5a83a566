import { ErrorNote } from '../../ui/ErrorNote.tsx'
import { SubmitRow } from '../../ui/SubmitRow.tsx'
import { TextArea } from '../../ui/TextArea.tsx'
import { TextField } from '../../ui/TextField.tsx'
import { useForm } from '../../ui/useForm.ts'
import { bodyOf, checkSink, type SinkValues } from './sink-values.ts'

/** The form of a sink: its URL, and the types of events that it accepts. */
export function SinkForm({
  first,
  action,
  urlHint,
  onSend
}: {
  first: SinkValues
  action: string
  urlHint?: string
  onSend: (body: { url: string; types: string[] }) => Promise<void>
}) {
  const form = useForm<SinkValues>({
    first,
    check: checkSink,
    send: async (values) => {
      await onSend(bodyOf(values))
      form.set('url', first.url)
      form.set('types', first.types)
    },
    refusal: ({ errors }) => {
      const wrong = errors?.find(({ pointer }) => pointer.startsWith('/types'))
      return wrong ? { types: `A type, or a prefix with .* such as order.*: ${wrong.message}.` } : undefined
    }
  })
  return (
    <form {...form.form} className="stack">
      {form.error !== undefined && <ErrorNote error={form.error} />}
      <TextField label="URL" mono type="url" {...(urlHint ? { hint: urlHint } : {})} {...form.field('url')} />
      <TextArea
        label="Types"
        optional
        mono
        rows={2}
        hint="One a line: order.placed, or order.* for all below it. Empty: every type."
        {...form.field('types')}
      />
      <SubmitRow pending={form.pending}>{action}</SubmitRow>
    </form>
  )
}
