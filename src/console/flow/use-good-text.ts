import { useEffect, useMemo, useState } from 'react'
import { readQuickly, readText } from './text/read-text.ts'

/** A text that must be parsed as a whole is parsed this long after the last key. */
export const READ_PAUSE_MS = 150

/**
 * The data of a text; while it does not parse, or is not read yet, that of the last one that did.
 */
export function useGoodText(text: string): {
  data: unknown
  /** Whether it is that of the text as it is. */
  current: boolean
  faulty: boolean
} {
  const quick = useMemo(() => readQuickly(text), [text])
  const [slow, setSlow] = useState(() => readText(text))
  const read = quick ?? (slow.text === text ? slow : undefined)
  useEffect(() => {
    if (read) return undefined
    const timer = setTimeout(() => setSlow(readText(text)), READ_PAUSE_MS)
    return () => clearTimeout(timer)
  }, [read, text])
  const usable = read?.sound === true && read.data !== undefined
  const [last, setLast] = useState<unknown>(read?.data)
  useEffect(() => {
    if (usable) setLast(read.data)
  }, [usable, read])
  return usable
    ? { data: read.data, current: true, faulty: false }
    : { data: last, current: false, faulty: read !== undefined }
}
