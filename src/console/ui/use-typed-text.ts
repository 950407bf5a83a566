import { useEffect, useRef, useState } from 'react'

const PAUSE_MS = 250

/** Typed text: shown at once, and reported a moment after the last key. */
export function useTypedText(
  value: string,
  onChange: (value: string) => void
): readonly [text: string, setText: (text: string) => void] {
  const [text, setText] = useState(value)
  const told = useRef(value)
  // The value can also change from outside: by Back, or by "Clear filters".
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
