import { startTransition, useEffect, useRef, useState, type ReactNode } from 'react'

/** How many rows are rendered and removed together. */
export const WINDOW_ROWS = 25
/** The assumed height of a row that was never rendered. */
const ROW_PX = 42
/** Rows are rendered before they scroll into view. */
const MARGIN = '1200px 0px'

/**
 * A part of a long table. While it is out of view, and until its position is known, it is one empty row of about the
 * same height. Ten thousand rows cost no more than the visible ones, and the first ones do not wait for the others.
 */
export function RowWindow({
  columns,
  count,
  keep,
  children
}: {
  columns: number
  /** How many rows it has. */
  count: number
  /** Whether the rows stay rendered out of view. */
  keep: boolean
  /** Renders the rows. Not called for rows out of view. */
  children: () => ReactNode
}) {
  const body = useRef<HTMLTableSectionElement>(null)
  const [height, setHeight] = useState(keep ? undefined : count * ROW_PX)
  useEffect(() => {
    const element = body.current
    if (!element || keep) return
    const observer = new IntersectionObserver(
      ([entry]) =>
        // Rows are rendered in slices, between the frames of scrolling.
        entry && startTransition(() => setHeight(entry.isIntersecting ? undefined : entry.boundingClientRect.height)),
      { rootMargin: MARGIN }
    )
    observer.observe(element)
    return () => observer.disconnect()
  }, [keep])
  return (
    <tbody ref={body} role="rowgroup">
      {height === undefined ? (
        children()
      ) : (
        <tr aria-hidden="true">
          <td colSpan={columns} style={{ height: `${height}px`, padding: 0 }}>
            …
          </td>
        </tr>
      )}
    </tbody>
  )
}
