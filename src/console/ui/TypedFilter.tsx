import { useEffect, useId, useRef, useState } from 'react'

const PAUSE_MS = 250

/**
 * A filter that is typed, told a moment after the last key. `clean` changes what is typed before it is shown or told.
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
  const [text, setText] = useState(value)
  const told = useRef(value)
  // The value can change from outside: Back, and Clear filters.
  useEffect(() => {
    if (value === told.current) return
    told.current = value
    setText(value)
  }, [value])
  useEffect(() => {
    if (text === told.current) return
    const timer = setTimeout(() => {
      told.current = text
      onChange(text)
    }, PAUSE_MS)
    return () => clearTimeout(timer)
  }, [text, onChange])
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
