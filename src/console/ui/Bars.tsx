export interface Bar {
  /** The period of the bar: a day, an hour. */
  label: string
  total: number
  /** How many of these were refused, drawn in their own color on top. */
  refused?: number
}

const GAP = 1

/** Small bars. Each has a sentence for screen readers through `summary`; pages with room for it add a table. */
export function Bars({
  bars,
  summary,
  height = 18,
  barWidth = 3,
  wide = false
}: {
  bars: readonly Bar[]
  summary: string
  height?: number
  barWidth?: number
  /** Whether the bars fill the available width. */
  wide?: boolean
}) {
  const most = Math.max(1, ...bars.map(({ total }) => total))
  const width = bars.length * (barWidth + GAP)
  return (
    <svg
      role="img"
      aria-label={summary}
      viewBox={`0 0 ${width} ${height}`}
      width={width}
      height={height}
      className={wide ? 'w-full' : 'max-w-full'}
      preserveAspectRatio="none"
    >
      {bars.map(({ label, total, refused = 0 }, index) => {
        const full = total === 0 ? 1 : Math.max(2, (total / most) * height)
        const bad = total === 0 ? 0 : (refused / total) * full
        const x = index * (barWidth + GAP)
        return (
          <g key={label}>
            <title>{`${label}: ${total}${refused > 0 ? `, ${refused} refused` : ''}`}</title>
            <rect
              x={x}
              y={height - full}
              width={barWidth}
              height={full - bad}
              className={total === 0 ? 'fill-line' : 'fill-accent'}
            />
            {bad > 0 && <rect x={x} y={height - bad} width={barWidth} height={bad} className="fill-bad" />}
          </g>
        )
      })}
    </svg>
  )
}
