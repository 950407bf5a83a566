import { useId } from 'react'
import { useTypedText } from './use-typed-text.ts'

/**
 * A text filter that reports its text a moment after the last key. `clean` changes the typed text before it is shown or
 * reported.
 */
export function TypedFilter({
  label,
  value,
  placeholder,
  clean = (text) => text,
  className = 'w-full sm:w-52',
  onChange
}: {
  label: string
  value: string
  placeholder?: string
  clean?: (text: string) => string
  className?: string
  onChange: (value: string) => void
}) {
  const id = useId()
  const [text, setText] = useTypedText(value, onChange)
  return (
    <div className={`flex min-w-0 flex-col gap-1 ${className}`}>
      <label htmlFor={id} className="label">
        {label}
      </label>
      <input
        id={id}
        type="text"
        className="input mono"
        autoComplete="off"
        spellCheck={false}
        placeholder={placeholder}
        value={text}
        onChange={(event) => setText(clean(event.target.value.trim()))}
      />
    </div>
  )
}
