import { useEffect, useRef, useState } from 'react'

/**
 * What is typed into a field whose value stands elsewhere. The field keeps its own text, so that a half written value
 * stays as it is; a change from outside replaces it. The value follows what is typed, and may be several keys behind:
 * a text that was passed on and comes back is no change from outside.
 */
export function useTyped(value: string, onChange: (value: string) => void): [string, (typed: string) => void] {
  const [typed, setTyped] = useState(value)
  const latest = useRef(value)
  const onTheirWay = useRef<string[]>([])
  useEffect(() => {
    const sent = onTheirWay.current
    if (value === latest.current) sent.length = 0
    else if (sent.includes(value)) sent.splice(0, sent.indexOf(value) + 1)
    else {
      sent.length = 0
      latest.current = value
      setTyped(value)
    }
  }, [value])
  return [
    typed,
    (next) => {
      setTyped(next)
      latest.current = next
      onTheirWay.current.push(next)
      onChange(next)
    }
  ]
}
