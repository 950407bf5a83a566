import { useId, type ReactNode } from 'react'

export interface FieldProps {
  label: string
  /** A sentence under the field. */
  hint?: ReactNode
  error?: string | undefined
  /** Marks the field as optional in its label. Required fields are not marked. */
  optional?: boolean
  className?: string
}

/** The attributes that name and describe a control and mark it as invalid. */
export interface ControlProps {
  id: string
  'aria-invalid': true | undefined
  'aria-describedby': string | undefined
}

/** A labelled control with its hint and its error. The other fields are made from it. */
export function Field({
  label,
  hint,
  error,
  optional = false,
  className = '',
  children
}: FieldProps & { children: (control: ControlProps) => ReactNode }) {
  const id = useId()
  const described = [error ? `${id}-error` : '', hint ? `${id}-hint` : ''].filter(Boolean).join(' ')
  return (
    <div className={`flex min-w-0 flex-col gap-1 ${className}`}>
      <label htmlFor={id} className="label">
        {label}
        {optional && <span className="dim font-normal"> (optional)</span>}
      </label>
      {children({ id, 'aria-invalid': error ? true : undefined, 'aria-describedby': described || undefined })}
      {error && (
        <p id={`${id}-error`} className="text-bad">
          {error}
        </p>
      )}
      {hint && (
        <div id={`${id}-hint`} className="dim small">
          {hint}
        </div>
      )}
    </div>
  )
}
