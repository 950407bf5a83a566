import { Check } from './Check.tsx'
import type { Option } from './Select.tsx'

/** Checkboxes for choosing several of a few options. */
export function Checks({
  legend,
  hint,
  options,
  picked,
  onChange
}: {
  legend: string
  hint?: string
  options: readonly Option[]
  picked: readonly string[]
  onChange: (picked: string[]) => void
}) {
  return (
    <fieldset className="flex flex-col gap-1.5">
      <legend className="label mb-1">{legend}</legend>
      {hint && <p className="dim small">{hint}</p>}
      <div className="flex flex-wrap gap-x-4 gap-y-1.5">
        {options.map(({ value, label }) => (
          <Check
            key={value}
            label={label}
            checked={picked.includes(value)}
            onChange={(checked) =>
              // In the order of the options, however they were ticked.
              onChange(
                options
                  .map((option) => option.value)
                  .filter((each) => (each === value ? checked : picked.includes(each)))
              )
            }
          />
        ))}
      </div>
    </fieldset>
  )
}
