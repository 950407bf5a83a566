import { useState } from 'react'

/**
 * The text that is typed into a field whose value is stored elsewhere. The field keeps its own text, so that a
 * half-typed value stays; a change of the value from outside replaces the text.
 */
export function useTyped(value: string, onChange?: (value: string) => void): [string, (typed: string) => void] {
  const [typed, setTyped] = useState(value)
  const [known, setKnown] = useState(value)
  if (value !== known) {
    setKnown(value)
    setTyped(value)
  }
  return [
    typed,
    (next) => {
      setTyped(next)
      onChange?.(next)
    }
  ]
}
