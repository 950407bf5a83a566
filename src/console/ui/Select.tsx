import { Field, type FieldProps } from './Field.tsx'

export interface Option {
  value: string
  label: string
}

/** One of a few. The browser's own control: it is known on every device, and needs no script. */
export function Select({
  label,
  hint,
  error,
  optional = false,
  className = '',
  value,
  options,
  onChange
}: FieldProps & { value: string; options: readonly Option[]; onChange: (value: string) => void }) {
  return (
    <Field label={label} hint={hint} error={error} optional={optional} className={className}>
      {(control) => (
        <select {...control} className="input" value={value} onChange={(event) => onChange(event.target.value)}>
          {options.map((option) => (
            <option key={option.value} value={option.value}>
              {option.label}
            </option>
          ))}
        </select>
      )}
    </Field>
  )
}
