import type { ComponentProps } from 'react'
import { Field, type FieldProps } from './Field.tsx'

type AreaProps = Omit<ComponentProps<'textarea'>, 'onChange' | 'value' | 'children'>

/** Several lines of text. `masked` shows dots in place of what is typed. */
export function TextArea({
  label,
  hint,
  error,
  optional = false,
  className = '',
  mono,
  masked = false,
  onChange,
  ...area
}: FieldProps & AreaProps & { value: string; onChange?: (value: string) => void; mono?: boolean; masked?: boolean }) {
  return (
    <Field label={label} hint={hint} error={error} optional={optional} className={className}>
      {(control) => (
        <textarea
          rows={3}
          autoComplete="off"
          spellCheck={false}
          {...area}
          {...control}
          className={`input ${mono ? 'mono' : ''} ${masked ? 'masked' : ''}`}
          onChange={(event) => onChange?.(event.target.value)}
        />
      )}
    </Field>
  )
}
