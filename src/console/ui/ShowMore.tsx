import { useEffect, useRef } from 'react'
import { Button } from './Button.tsx'

/** The next page is fetched before its place is scrolled to. */
const AHEAD_PX = 800

/** Fetches the next page of a list when somebody scrolls near it, or presses the button. */
export function ShowMore({ pending, onShow }: { pending: boolean; onShow: () => void }) {
  const place = useRef<HTMLDivElement>(null)
  useEffect(() => {
    if (pending) return
    const onScroll = (): void => {
      const top = place.current?.getBoundingClientRect().top ?? Number.POSITIVE_INFINITY
      if (top < innerHeight + AHEAD_PX) onShow()
    }
    addEventListener('scroll', onScroll, { passive: true })
    return () => removeEventListener('scroll', onScroll)
  }, [pending, onShow])
  return (
    <div ref={place}>
      <Button pending={pending} onClick={onShow}>
        Show more
      </Button>
    </div>
  )
}
