import { Field, type FieldProps } from './Field.tsx'

export interface Option {
  value: string
  label: string
}

export interface OptionGroup {
  label: string
  options: readonly Option[]
}

/** A choice of one option, with the control of the browser, which works on every device without a script. */
export function Select({
  label,
  hint,
  error,
  optional = false,
  className = '',
  value,
  options,
  groups = [],
  onChange
}: FieldProps & {
  value: string
  options: readonly Option[]
  /** Further options under headings. */
  groups?: readonly OptionGroup[]
  onChange: (value: string) => void
}) {
  return (
    <Field label={label} hint={hint} error={error} optional={optional} className={className}>
      {(control) => (
        <select {...control} className="input" value={value} onChange={(event) => onChange(event.target.value)}>
          <Options options={options} />
          {groups.map((group) => (
            <optgroup key={group.label} label={group.label}>
              <Options options={group.options} />
            </optgroup>
          ))}
        </select>
      )}
    </Field>
  )
}

function Options({ options }: { options: readonly Option[] }) {
  return options.map(({ value, label }) => (
    <option key={value} value={value}>
      {label}
    </option>
  ))
}
