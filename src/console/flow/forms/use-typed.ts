import { useEffect, useRef, useState } from 'react'

/**
 * What is typed into a field whose value stands elsewhere. The field keeps its own text, so that a half written value
 * stays as it is; a change from outside replaces it.
 */
export function useTyped(value: string, onChange: (value: string) => void): [string, (typed: string) => void] {
  const [typed, setTyped] = useState(value)
  const sent = useRef(value)
  useEffect(() => {
    if (value === sent.current) return
    sent.current = value
    setTyped(value)
  }, [value])
  return [
    typed,
    (next) => {
      setTyped(next)
      sent.current = next
      onChange(next)
    }
  ]
}
