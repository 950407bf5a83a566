import { lanePath, shortLabel } from './lanes.ts'
import type { Box, Layout, Line } from './shapes.ts'

const MARGIN = 16
const COLORS = { box: '#ffffff', line: '#8593a1', text: '#16202a', dim: '#52606d' } as const

/** The picture as an SVG file, in the light colors. */
export function svgOf(layout: Layout, title: string): string {
  const byId = new Map(layout.boxes.map((box) => [box.id, box]))
  const parts = [
    ...layout.boxes.map(boxOf),
    ...layout.captions.map(({ x, y, text }) => textOf(text, x, y + 12, 11, COLORS.dim)),
    ...layout.lines.flatMap((line) => {
      const [a, b] = [byId.get(line.from), byId.get(line.to)]
      return a && b ? [lineOf(a, b, line)] : []
    })
  ]
  const width = layout.width + 2 * MARGIN
  const height = layout.height + 2 * MARGIN
  const viewBox = `${-MARGIN} ${-MARGIN} ${width} ${height}`
  const arrow = `viewBox="0 0 8 8" refX="7" refY="4" markerWidth="7" markerHeight="7" orient="auto"`
  const size = `width="${width}" height="${height}" viewBox="${viewBox}"`
  return `<svg xmlns="http://www.w3.org/2000/svg" ${size} font-family="system-ui, sans-serif">
<title>${escaped(title)}</title>
<defs><marker id="arrow" ${arrow}><path d="M0 0 8 4 0 8z" fill="${COLORS.line}"/></marker></defs>
${parts.join('\n')}
</svg>
`
}

function boxOf({ x, y, width, height, name, kind, about, group }: Box): string {
  const colors = `fill="${group ? 'none' : COLORS.box}" stroke="${COLORS.line}"`
  const rect = `<rect x="${x}" y="${y}" width="${width}" height="${height}" rx="8" ${colors}/>`
  const second = [kind, about].filter(Boolean).join(': ')
  return [
    rect,
    textOf(cut(name, width), x + 10, y + 20, 14, COLORS.text, true),
    textOf(cut(second, width + 40), x + 10, y + 36, 11, COLORS.dim)
  ].join('')
}

function lineOf(a: Box, b: Box, { label, lane }: Line): string {
  const x = a.x + Math.min(a.width, b.width) / 2
  const path = lane ? lanePath(lane) : `M${x} ${a.y + a.height} V${b.y}`
  const at = lane ? lane.label : { x: x + 4, y: a.y + a.height + 14 }
  const words = label === '' ? '' : textOf(lane ? shortLabel(label) : cut(label, 180), at.x, at.y, 11, COLORS.dim)
  return `<path d="${path}" fill="none" stroke="${COLORS.line}" marker-end="url(#arrow)"/>${words}`
}

function textOf(text: string, x: number, y: number, size: number, color: string, bold = false): string {
  const weight = bold ? ' font-weight="600"' : ''
  return `<text x="${x}" y="${y}" font-size="${size}" fill="${color}"${weight}>${escaped(text)}</text>`
}

/** The beginning of a text that fits into a width, approximately. */
function cut(text: string, width: number): string {
  const most = Math.max(8, Math.floor(width / 7))
  return text.length > most ? `${text.slice(0, most - 1)}…` : text
}

function escaped(text: string): string {
  return text
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
    .replaceAll('"', '&quot;')
    .replaceAll(/\p{Cc}|[\uFFFE\uFFFF]/gu, '')
}
