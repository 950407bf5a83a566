import { useId, type ReactNode } from 'react'

export interface FieldProps {
  label: string
  /** A sentence under the field. */
  hint?: ReactNode
  error?: string | undefined
  /** Says so in the label. What is required is not marked. */
  optional?: boolean
  className?: string
}

/** What a control needs to be named, described and marked as wrong. */
export interface ControlProps {
  id: string
  'aria-invalid': true | undefined
  'aria-describedby': string | undefined
}

/** A labelled control with its hint and its error. The other fields are this one with a control in it. */
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
