import { Select } from '../../ui/Select.tsx'
import { isRecord } from '../tasks.ts'
import { NumberField, ValueField } from './fields.tsx'

const UNITS = ['milliseconds', 'seconds', 'minutes', 'hours', 'days'].map((value) => ({ value, label: value }))

/** A number with a unit. A duration that is written as text stays text. */
export function DurationField({
  label,
  value,
  onChange,
  optional = false
}: {
  label: string
  value: unknown
  onChange: (value: unknown) => void
  optional?: boolean
}) {
  const entries = isRecord(value) ? Object.entries(value) : []
  const [[unit, count] = ['seconds', undefined]] = entries
  if (typeof value === 'string' || entries.length > 1) {
    return (
      <ValueField
        label={label}
        hint="PT30S is 30 seconds, PT5M is 5 minutes"
        optional={optional}
        value={value}
        onChange={onChange}
      />
    )
  }
  return (
    <div className="flex items-end gap-2">
      <NumberField
        label={label}
        optional={optional}
        value={count}
        onChange={(next) => onChange(next === undefined ? undefined : { [unit]: next })}
      />
      <Select
        label={`Unit of ${label}`}
        value={unit}
        options={UNITS}
        onChange={(next) => onChange({ [next]: count ?? 1 })}
      />
    </div>
  )
}
