import { useEffect, useState } from 'react'

const DELAY_MS = 150

/** Whether waiting has taken long enough to show it. A quick answer must not cause a flash. */
export function useSlow(waiting: boolean): boolean {
  const [slow, setSlow] = useState(false)
  useEffect(() => {
    if (!waiting) return
    const timer = setTimeout(() => setSlow(true), DELAY_MS)
    return () => {
      clearTimeout(timer)
      setSlow(false)
    }
  }, [waiting])
  return waiting && slow
}

/** Grey lines in place of content that is loading. */
export function Skeleton({ lines = 3 }: { lines?: number }) {
  const slow = useSlow(true)
  return (
    <div aria-busy="true" className="flex flex-col gap-3 py-2">
      <span className="sr-only">Loading</span>
      {slow && Array.from({ length: lines }, (_, index) => <Bone key={index} />)}
    </div>
  )
}

export function Bone() {
  return <span aria-hidden="true" className="block h-4 w-full max-w-96 animate-pulse rounded bg-code" />
}
