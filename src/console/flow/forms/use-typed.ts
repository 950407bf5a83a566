import { useState } from 'react'

/**
 * What is typed into a field whose value stands elsewhere. The field keeps its own text, so that a half written value
 * stays as it is; a value that changes otherwise replaces it.
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
