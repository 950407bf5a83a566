import { useEffect, useRef } from 'react'
import { Button } from './Button.tsx'

/** The next page is fetched this many pixels before its place scrolls into view. */
const AHEAD_PX = 800

/** Fetches the next page of a list when somebody scrolls near it, or presses the button. */
export function ShowMore({ pending, onShow }: { pending: boolean; onShow: () => void }) {
  const place = useRef<HTMLDivElement>(null)
  const scrolled = useRef(false)
  useEffect(() => {
    const showIfNear = (): void => {
      const top = place.current?.getBoundingClientRect().top ?? Number.POSITIVE_INFINITY
      if (!pending && top < innerHeight + AHEAD_PX) onShow()
    }
    // If the person scrolled on while a page was loading, the next one is fetched too.
    if (scrolled.current && !pending) {
      scrolled.current = false
      showIfNear()
    }
    const onScroll = (): void => {
      scrolled.current = true
      showIfNear()
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
