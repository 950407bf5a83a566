import { Button } from '../../ui/Button.tsx'
import { Select } from '../../ui/Select.tsx'
import { valueAt } from '../outline.ts'
import { freeName } from '../palette.ts'
import { isRecord } from '../tasks.ts'
import { CodeField, ValueField } from './fields.tsx'
import { NamedEntry } from './NamedEntry.tsx'
import { Rows } from './Rows.tsx'
import type { TaskFormProps } from './task-form.ts'
import { withKey, withMember, withPath } from './values.ts'

const READS = [
  { value: '', label: 'its data' },
  { value: 'envelope', label: 'the whole event' },
  { value: 'raw', label: 'its data as text' }
]

export function ListenForm({ task, onChange }: TaskFormProps) {
  const set = (path: readonly string[], value: unknown): void => onChange(withPath(task, ['listen', ...path], value))
  return (
    <>
      <EventFilterFields
        value={valueAt(task, 'listen', 'to', 'one', 'with')}
        onChange={(next) => set(['to', 'one', 'with'], next)}
      />
      <Correlation
        value={valueAt(task, 'listen', 'to', 'one', 'correlate')}
        onChange={(next) => set(['to', 'one', 'correlate'], next)}
      />
      <Select
        label="What it gives"
        value={String(valueAt(task, 'listen', 'read') ?? '').replace(/^data$/, '')}
        options={READS}
        hint="In a list of one. It waits as long as its time limit says, then it fails with 408."
        onChange={(next) => set(['read'], next === '' ? undefined : next)}
      />
    </>
  )
}

/** A filter of events: what each attribute must be. */
export function EventFilterFields({
  value,
  onChange
}: {
  value: unknown
  onChange: (value: Record<string, unknown>) => void
}) {
  const attributes = isRecord(value) ? value : {}
  const { type, data, ...others } = attributes
  return (
    <>
      <ValueField
        label="Event type"
        optional
        hint="Such as com.example.order.paid"
        value={type}
        onChange={(next) => onChange(withMember(attributes, 'type', next))}
      />
      <ValueField
        label="Event data"
        optional
        hint="What it must be, or an expression over it that must be true, such as .amount > 10."
        value={data}
        onChange={(next) => onChange(withMember(attributes, 'data', next))}
      />
      <Rows
        legend="Other attributes"
        noun="attribute"
        value={others}
        onChange={(next) =>
          onChange({
            ...(type === undefined ? {} : { type }),
            ...next,
            ...(data === undefined ? {} : { data })
          })
        }
      />
    </>
  )
}

/** How an event is matched to this run. */
function Correlation({
  value,
  onChange
}: {
  value: unknown
  onChange: (value: Record<string, unknown> | undefined) => void
}) {
  const all = isRecord(value) ? value : {}
  const put = (next: Record<string, unknown>): void => onChange(Object.keys(next).length === 0 ? undefined : next)
  return (
    <fieldset className="flex min-w-0 flex-col gap-3">
      <legend className="label mb-1">About this run</legend>
      <p className="dim small">
        An event is taken where all of these agree. Without one, the first that fits is taken.
      </p>
      {Object.entries(all).map(([name, keys], index) => {
        const change = (key: string, next: unknown): void =>
          put({ ...all, [name]: { ...(isRecord(keys) ? keys : {}), [key]: next } })
        return (
          <NamedEntry
            key={index}
            label={`Agreement ${index + 1}`}
            name={name}
            onRename={(next) => put(withKey(all, name, next))}
            onRemove={() => put(withMember(all, name, undefined))}
          >
            <CodeField
              label={`In the event for ${name}`}
              value={valueAt(keys, 'from')}
              onChange={(next) => change('from', next ?? '.')}
            />
            <ValueField
              label={`In this run for ${name}`}
              value={valueAt(keys, 'expect')}
              onChange={(next) => change('expect', next ?? '')}
            />
          </NamedEntry>
        )
      })}
      <Button
        onClick={() => put({ ...all, [freeName('same', Object.keys(all))]: { from: '.data.id', expect: '${ .id }' } })}
      >
        Add agreement
      </Button>
    </fieldset>
  )
}
