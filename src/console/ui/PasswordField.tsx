import { useState } from 'react'
import { Field, type FieldProps } from './Field.tsx'

/** A password field. The typed text can be shown, because long pass phrases are easily mistyped. */
export function PasswordField({
  label,
  hint,
  error,
  value,
  onChange,
  autoComplete,
  name
}: FieldProps & {
  value: string
  onChange: (value: string) => void
  autoComplete: 'current-password' | 'new-password' | 'off'
  name?: string
}) {
  const [shown, setShown] = useState(false)
  return (
    <Field label={label} hint={hint} error={error}>
      {(control) => (
        <div className="flex gap-2">
          <input
            {...control}
            name={name}
            type={shown ? 'text' : 'password'}
            autoComplete={autoComplete}
            spellCheck={false}
            autoCapitalize="none"
            className="input"
            value={value}
            onChange={(event) => onChange(event.target.value)}
          />
          <button
            type="button"
            className="btn w-16"
            aria-pressed={shown}
            aria-controls={control.id}
            onClick={() => setShown(!shown)}
          >
            Show
          </button>
        </div>
      )}
    </Field>
  )
}
