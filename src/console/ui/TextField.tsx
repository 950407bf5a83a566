import type { ComponentProps } from 'react'
import { Field, type FieldProps } from './Field.tsx'

type InputProps = Omit<ComponentProps<'input'>, 'onChange' | 'value' | 'children'>

export type TextFieldProps = FieldProps &
  InputProps & {
    value: string
    onChange?: (value: string) => void
    mono?: boolean
  }

/** One line of text. */
export function TextField({ label, hint, error, optional, className, mono, onChange, ...input }: TextFieldProps) {
  return (
    <Field {...{ label, hint, error }} {...(optional ? { optional } : {})} {...(className ? { className } : {})}>
      {(control) => (
        <input
          type="text"
          autoComplete="off"
          spellCheck={false}
          {...input}
          {...control}
          className={`input ${mono ? 'mono' : ''}`}
          onChange={(event) => onChange?.(event.target.value)}
        />
      )}
    </Field>
  )
}
