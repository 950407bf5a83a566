import { useId, type ReactNode } from 'react'

/** A checkbox with its label beside it. */
export function Check({
  label,
  hint,
  checked,
  onChange,
  disabled = false
}: {
  label: string
  hint?: ReactNode
  checked: boolean
  onChange: (checked: boolean) => void
  disabled?: boolean
}) {
  const id = useId()
  return (
    <div className="flex items-start gap-2">
      <input
        id={id}
        type="checkbox"
        className="mt-0.5"
        checked={checked}
        disabled={disabled}
        aria-describedby={hint ? `${id}-hint` : undefined}
        onChange={(event) => onChange(event.target.checked)}
      />
      <div>
        <label htmlFor={id} className="label">
          {label}
        </label>
        {hint && (
          <div id={`${id}-hint`} className="dim small">
            {hint}
          </div>
        )}
      </div>
    </div>
  )
}
