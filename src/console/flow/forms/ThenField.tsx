import { Select } from '../../ui/Select.tsx'
import { useBuilder } from './builder-context.ts'

/** Where it goes on. The next step is what nothing is written for. */
export function ThenField({
  label,
  value,
  onChange,
  required = false
}: {
  label: string
  value: unknown
  onChange: (value: string | undefined) => void
  /** Something has to be written: `continue`. */
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
