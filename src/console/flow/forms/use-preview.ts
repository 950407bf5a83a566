import { useEffect, useState } from 'react'
import { useBuilder, type Previewed } from './builder-context.ts'

const PAUSE_MS = 300

/** The result of an expression in the edited step, a moment after the last key. */
export function usePreview(code: string): Previewed | undefined {
  const { preview } = useBuilder()
  const [shown, setShown] = useState<{ code: string; result: Previewed }>()
  useEffect(() => {
    if (!preview || code.trim() === '') return
    const stop = new AbortController()
    const timer = setTimeout(() => {
      preview(code, stop.signal).then(
        (result) => stop.signal.aborted || setShown({ code, result }),
        () => undefined
      )
    }, PAUSE_MS)
    return () => {
      clearTimeout(timer)
      stop.abort()
    }
  }, [code, preview])
  return preview && shown?.code === code ? shown.result : undefined
}
