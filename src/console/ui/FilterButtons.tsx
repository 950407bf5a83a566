import { Button } from './Button.tsx'
import type { Option } from './Select.tsx'

/** A filter with few values, as toggle buttons. */
export function FilterButtons({
  label,
  value,
  options,
  onChange
}: {
  label: string
  value: string
  options: readonly Option[]
  onChange: (value: string) => void
}) {
  return (
    <div role="group" aria-label={label} className="row">
      {options.map((option) => (
        <Button key={option.value} aria-pressed={option.value === value} onClick={() => onChange(option.value)}>
          {option.label}
        </Button>
      ))}
    </div>
  )
}
