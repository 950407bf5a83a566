import type { Action, Listener, Page } from '../../api/types.ts'
import { useRead } from '../../api/use-api.ts'
import { linesOf, originsFault } from '../../lib/origins.ts'
import { Check } from '../../ui/Check.tsx'
import { ErrorNote } from '../../ui/ErrorNote.tsx'
import { SubmitRow } from '../../ui/SubmitRow.tsx'
import { TextArea } from '../../ui/TextArea.tsx'
import { TextField } from '../../ui/TextField.tsx'
import { useForm } from '../../ui/useForm.ts'

const LISTENERS_READ = 200

export interface ActionBody {
  name: string
  origins: string[]
  listeners: string[]
}

/** The form of an action: its name, the origins of the service's pages, and the listeners that they may call. */
export function ActionForm({
  workspaceId,
  action,
  submit,
  onSend
}: {
  workspaceId: string
  action?: Action
  submit: string
  onSend: (body: ActionBody) => Promise<void>
}) {
  const all = useRead<Page<Listener>>(`/v1/workspaces/${workspaceId}/listeners`, { query: { limit: LISTENERS_READ } })
  const form = useForm({
    first: {
      name: action?.name ?? '',
      origins: action?.origins.join('\n') ?? '',
      listeners: [...(action?.listeners ?? [])]
    },
    check: ({ name, origins }) => {
      const fault = originsFault(origins)
      return {
        ...(name.trim() === '' ? { name: 'Enter a name.' } : {}),
        ...(fault === undefined ? {} : { origins: fault })
      }
    },
    send: ({ name, origins, listeners }) => onSend({ name: name.trim(), origins: linesOf(origins), listeners }),
    refusal: ({ code, message }) => (code === 'conflict' ? { name: message } : undefined)
  })
  const { listeners } = form.values
  return (
    <form {...form.form} className="panel stack max-w-[640px] p-4">
      {form.error !== undefined && <ErrorNote error={form.error} />}
      <TextField label="Name" hint="The service, as your users know it." {...form.field('name')} />
      <TextArea
        label="Origins"
        optional
        mono
        rows={2}
        placeholder="https://orders.example.com"
        hint="Where the service's pages come from, one a line. Browsers let them call from nowhere else."
        {...form.field('origins')}
      />
      <fieldset className="flex flex-col gap-2">
        <legend className="label mb-1">Listeners that it may call</legend>
        {all.error && <ErrorNote error={all.error} onRetry={() => void all.refetch()} />}
        {all.data?.items.length === 0 && <p className="dim">There is no listener yet.</p>}
        {all.data?.items.map(({ id, name }) => (
          <Check
            key={id}
            label={name}
            checked={listeners.includes(id)}
            onChange={(checked) =>
              form.set('listeners', checked ? [...listeners, id] : listeners.filter((each) => each !== id))
            }
          />
        ))}
      </fieldset>
      <SubmitRow pending={form.pending}>{submit}</SubmitRow>
    </form>
  )
}
