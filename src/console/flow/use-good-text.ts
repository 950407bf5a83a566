import { useEffect, useMemo, useState } from 'react'
import { readQuickly, readText } from './text/read-text.ts'

/** Milliseconds after the last key at which a text is parsed that must be parsed as a whole. */
export const READ_PAUSE_MS = 150

/** The data of a text. While it does not parse, or is not read yet, the data of the last text that did. */
export function useGoodText(text: string): {
  data: unknown
  /** Whether it is the data of the present text. */
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
