import { useEffect, useMemo, useState } from 'react'
import { readText } from './text/read-text.ts'

/** The data of a text; while it does not parse, that of the last one that did. */
export function useGoodText(text: string): { data: unknown; current: boolean } {
  const read = useMemo(() => readText(text), [text])
  const usable = read.sound && read.data !== undefined
  const [last, setLast] = useState<unknown>(read.data)
  useEffect(() => {
    if (usable) setLast(read.data)
  }, [usable, read])
  return usable ? { data: read.data, current: true } : { data: last, current: false }
}
