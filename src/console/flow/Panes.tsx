import { useState, type CSSProperties, type KeyboardEvent, type PointerEvent, type ReactNode } from 'react'
import { readStored, writeStored } from '../lib/stored.ts'

interface Widths {
  left: number
  right: number
}

const FIRST: Widths = { left: 300, right: 320 }
const LEAST = 200
const MOST = 560
const STEP = 16

/** Three panes. If there is room for all, the outer two can be made wider, with the pointer or the arrow keys. */
export function Panes({ left, middle, right }: { left: ReactNode; middle: ReactNode; right: ReactNode }) {
  const [widths, setWidths] = useState(storedWidths)
  function resize(side: keyof Widths, width: number): void {
    const next = { ...widths, [side]: Math.min(MOST, Math.max(LEAST, Math.round(width))) }
    setWidths(next)
    writeStored('view.panes', JSON.stringify(next))
  }
  const style = { '--left': `${widths.left}px`, '--right': `${widths.right}px` } as CSSProperties
  return (
    <div className="workbench panel" style={style}>
      <div className="workbench-pane">{left}</div>
      <Separator label="Width of the outline" width={widths.left} grows={1} onResize={(next) => resize('left', next)} />
      <div className="workbench-pane">{middle}</div>
      <Separator label="Width of the form" width={widths.right} grows={-1} onResize={(next) => resize('right', next)} />
      <div id="step-pane" className="workbench-pane">
        {right}
      </div>
    </div>
  )
}

/** @param props.grows the direction, to the right or to the left, in which its pane grows */
function Separator({
  label,
  width,
  grows,
  onResize
}: {
  label: string
  width: number
  grows: 1 | -1
  onResize: (width: number) => void
}) {
  function onKeyDown(event: KeyboardEvent): void {
    const by = { ArrowRight: STEP, ArrowLeft: -STEP }[event.key]
    if (by === undefined) return
    event.preventDefault()
    onResize(width + by * grows)
  }
  function onPointerDown(event: PointerEvent<HTMLDivElement>): void {
    const { currentTarget, pointerId, clientX: start } = event
    currentTarget.setPointerCapture(pointerId)
    const move = ({ clientX }: globalThis.PointerEvent): void => onResize(width + (clientX - start) * grows)
    currentTarget.addEventListener('pointermove', move)
    currentTarget.addEventListener('lostpointercapture', () => currentTarget.removeEventListener('pointermove', move), {
      once: true
    })
  }
  return (
    <div
      role="separator"
      aria-orientation="vertical"
      aria-label={label}
      aria-valuenow={width}
      aria-valuemin={LEAST}
      aria-valuemax={MOST}
      tabIndex={0}
      className="workbench-separator"
      onKeyDown={onKeyDown}
      onPointerDown={onPointerDown}
    />
  )
}

function storedWidths(): Widths {
  try {
    const { left, right } = JSON.parse(readStored('view.panes') ?? '{}') as Partial<Widths>
    const inside = (width: unknown, otherwise: number): number =>
      typeof width === 'number' && width >= LEAST && width <= MOST ? width : otherwise
    return { left: inside(left, FIRST.left), right: inside(right, FIRST.right) }
  } catch {
    return FIRST
  }
}
