import type { Box, Lane, Line } from './shapes.ts'

const LANE = 12
const EXIT = { first: 14, step: 13 } as const
const ENTRY = 44
const LABEL = { most: 24, character: 6, gap: 6 } as const

/** How much of a condition is drawn beside its lane. */
export function shortLabel(label: string): string {
  return label.length > LABEL.most ? `${label.slice(0, LABEL.most - 1)}…` : label
}

/**
 * A line to the step below is straight. One that passes steps, or that has the same ends as another, takes a lane at
 * the right of its list, so that no line lies behind a step or on a label.
 * @param boxes the steps of the list, in order
 * @param right where the list ends
 */
export function routeLines(
  lines: readonly Line[],
  boxes: readonly Box[],
  right: number
): { lines: Line[]; room: number } {
  const at = new Map(boxes.map((box, index) => [box.id, { box, index }]))
  const straight = new Set<string>()
  const exits = new Map<string, number>()
  const taken: { top: number; bottom: number }[][] = []
  const jumps: { line: Line; number: number; from: { x: number; y: number }; to: { x: number; y: number } }[] = []
  const routed: Line[] = []
  for (const line of lines) {
    const [from, to] = [at.get(line.from), at.get(line.to)]
    if (!from || !to) continue
    if (to.index === from.index + 1 && !straight.has(line.from)) {
      straight.add(line.from)
      routed.push(line)
      continue
    }
    const before = exits.get(line.from) ?? 0
    exits.set(line.from, before + 1)
    const exit = from.box.y + Math.min(from.box.height - 4, EXIT.first + before * EXIT.step)
    const entry = to.box.y + Math.min(to.box.height - 4, ENTRY)
    const span = { top: Math.min(exit, entry), bottom: Math.max(exit, entry) }
    const free = taken.findIndex((spans) => spans.every(({ top, bottom }) => bottom < span.top || span.bottom < top))
    const number = free < 0 ? taken.length : free
    taken[number] = [...(taken[number] ?? []), span]
    jumps.push({
      line,
      number,
      from: { x: from.box.x + from.box.width, y: exit },
      to: { x: to.box.x + to.box.width, y: entry }
    })
  }
  const end = right + (taken.length + 1) * LANE
  const longest = Math.max(0, ...jumps.map(({ line }) => shortLabel(line.label).length))
  const words = longest === 0 ? 0 : LABEL.gap + longest * LABEL.character
  return {
    lines: [
      ...routed,
      ...jumps.map(({ line, number, from, to }) => {
        const lane: Lane = { x: right + (number + 1) * LANE, from, to, label: { x: end, y: from.y + 4 } }
        return { ...line, lane }
      })
    ],
    room: jumps.length === 0 ? 0 : end - right + words
  }
}

/** The way of a line in its lane, as the path of an SVG. */
export function lanePath({ x, from, to }: Lane): string {
  return `M${from.x} ${from.y} H${x} V${to.y} H${to.x}`
}
