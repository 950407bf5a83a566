import { Select } from '../../ui/Select.tsx'
import { useBuilder } from './builder-context.ts'

/** Which step follows. Nothing is written for the next step. */
export function ThenField({
  label,
  value,
  onChange,
  required = false
}: {
  label: string
  value: unknown
  onChange: (value: string | undefined) => void
  /** Whether a value must be written: then the next step is `continue`. */
  required?: boolean
}) {
  const { siblings } = useBuilder()
  const next = required ? 'continue' : ''
  const chosen = typeof value === 'string' && value !== '' ? value : next
  const known = [
    { value: next, label: 'the next step' },
    { value: 'end', label: 'end the flow' },
    { value: 'exit', label: 'leave this group' },
    ...siblings.map((name) => ({ value: name, label: name }))
  ]
  const options = known.some((option) => option.value === chosen) ? known : [...known, { value: chosen, label: chosen }]
  return (
    <Select
      label={label}
      value={chosen}
      options={options}
      onChange={(picked) => onChange(picked === '' ? undefined : picked)}
    />
  )
}
