import { useWorkspace } from '../../frame/workspace.ts'
import { ErrorNote } from '../../ui/ErrorNote.tsx'
import { Radios } from '../../ui/Radios.tsx'
import { ScopePicker } from '../../ui/ScopePicker.tsx'
import { TextArea } from '../../ui/TextArea.tsx'
import { TextField } from '../../ui/TextField.tsx'
import type { Form } from '../../ui/useForm.ts'
import { useAllListeners } from './listeners.ts'
import type { LimitValues } from './limits.ts'

/** The fields for the scope of a token. */
export function ScopeFields<V extends LimitValues>({ form }: { form: Form<V> }) {
  const { workspaces } = useWorkspace()
  const { listeners, error, refetch } = useAllListeners()
  const groups = workspaces.map(({ id, name }) => ({
    id,
    label: name,
    items: listeners
      .filter(({ workspaceId }) => workspaceId === id)
      .map((listener) => ({ id: listener.id, label: listener.name }))
  }))
  const { value, onChange } = form.field('everything')
  return (
    <>
      <Radios
        legend="May call"
        value={value as 'yes' | 'no'}
        onChange={(next) => onChange(next as V['everything'])}
        choices={[
          { value: 'yes', label: 'Everything I may call' },
          { value: 'no', label: 'Only these' }
        ]}
      />
      {value === 'no' && error !== undefined && <ErrorNote error={error} onRetry={refetch} />}
      {value === 'no' && (
        <ScopePicker
          legend="Workspaces and listeners"
          searchLabel="Search workspaces and listeners"
          groups={groups}
          picked={form.values.picked}
          error={form.errors.picked}
          onChange={(picked) => form.set('picked', picked as V['picked'])}
        />
      )}
    </>
  )
}

/** The fields for addresses and rate limits. */
export function MoreLimits<V extends LimitValues>({ form }: { form: Form<V> }) {
  const text = (name: 'addresses' | 'calls' | 'windowSeconds' | 'daily') => {
    const { value, error, onChange } = form.field(name)
    return { value: value as string, error, onChange: (next: string) => onChange(next as V[typeof name]) }
  }
  return (
    <div className="stack">
      <TextArea
        label="Only from these addresses"
        optional
        mono
        rows={2}
        hint="Addresses or ranges such as 192.0.2.0/24, one a line."
        {...text('addresses')}
      />
      <div className="grid gap-3 sm:grid-cols-3">
        <TextField label="Calls" optional inputMode="numeric" {...text('calls')} />
        <TextField label="Per seconds" optional inputMode="numeric" {...text('windowSeconds')} />
        <TextField label="Calls a day" optional inputMode="numeric" hint="A day of UTC." {...text('daily')} />
      </div>
    </div>
  )
}
