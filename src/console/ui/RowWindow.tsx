import { startTransition, useEffect, useRef, useState, type ReactNode } from 'react'

/** Rows that come and go together. */
export const WINDOW_ROWS = 25
/** What a row that was never made is taken to measure. */
const ROW_PX = 42
/** Rows are made before they are scrolled into sight. */
const MARGIN = '1200px 0px'

/**
 * A part of a long table. Out of sight, and until it is known where it is, it is one empty row of about the same
 * height: ten thousand rows cost no more than those that can be seen, and the first ones do not wait for the others.
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
  /** Stays wherever it is. */
  keep: boolean
  /** Makes the rows: those out of sight are not made. */
  children: () => ReactNode
}) {
  const body = useRef<HTMLTableSectionElement>(null)
  const [height, setHeight] = useState(keep ? undefined : count * ROW_PX)
  useEffect(() => {
    const element = body.current
    if (!element || keep) return
    const observer = new IntersectionObserver(
      ([entry]) =>
        // Rows are made in slices, between the frames of scrolling.
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
