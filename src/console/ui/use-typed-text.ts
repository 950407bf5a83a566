import { useEffect, useRef, useState } from 'react'

const PAUSE_MS = 250

/** Text that is typed: shown at once, told a moment after the last key. */
export function useTypedText(
  value: string,
  onChange: (value: string) => void
): readonly [text: string, setText: (text: string) => void] {
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
  return [text, setText]
}
