import { Switch as Base } from '@base-ui/react/switch'
import { useId } from 'react'

/** A switch that takes effect at once. */
export function Switch({
  label,
  checked,
  onChange,
  disabled = false
}: {
  label: string
  checked: boolean
  onChange: (checked: boolean) => void
  disabled?: boolean
}) {
  const id = useId()
  return (
    <span className="inline-flex items-center gap-2">
      <Base.Root
        aria-labelledby={id}
        checked={checked}
        onCheckedChange={onChange}
        disabled={disabled}
        className={
          'h-5 w-9 rounded-full border border-line-strong bg-code p-0.5 ' +
          'data-[checked]:border-accent data-[checked]:bg-accent'
        }
      >
        <Base.Thumb
          className={
            'block size-3.5 rounded-full bg-dim transition-transform duration-100 ' +
            'data-[checked]:translate-x-4 data-[checked]:bg-on-accent'
          }
        />
      </Base.Root>
      <span id={id} className="label">
        {label}
      </span>
    </span>
  )
}
