import { encode } from 'uqr'

/** Quiet zone around the code, in modules (ISO/IEC 18004 asks for 4). */
const BORDER = 4
const SIZE_PX = 196

/** A QR code as one path. Always dark on light, because scanners do not read it inverted. */
export function QrCode({ text, label }: { text: string; label: string }) {
  const { data, size } = encode(text, { ecc: 'M', border: BORDER })
  return (
    <svg role="img" aria-label={label} viewBox={`0 0 ${size} ${size}`} width={SIZE_PX} height={SIZE_PX}>
      <rect width={size} height={size} fill="#fff" />
      <path fill="#000" shapeRendering="crispEdges" d={pathOf(data)} />
    </svg>
  )
}

/** The path: a rectangle for each sequence of dark modules in a row. */
function pathOf(rows: readonly (readonly boolean[])[]): string {
  const parts: string[] = []
  for (const [y, row] of rows.entries()) {
    for (let x = 0; x < row.length; x++) {
      if (!row[x]) continue
      const from = x
      while (row[x + 1]) x++
      parts.push(`M${from} ${y}h${x - from + 1}v1h-${x - from + 1}z`)
    }
  }
  return parts.join('')
}
