import type { Box, Lane, Line } from './shapes.ts'

const LANE = 12
const EXIT = { first: 14, step: 13 } as const
const ENTRY = 44
const LABEL = { most: 24, character: 6 } as const

/** The part of a condition that is drawn beside its lane. */
export function shortLabel(label: string): string {
  return label.length > LABEL.most ? `${label.slice(0, LABEL.most - 1)}…` : label
}

/**
 * Routes the lines of a list. A line to the step below is straight. A line that passes steps, or that has the same ends
 * as another, gets a lane to the right of what it passes, so that no line is hidden behind a step or another line.
 * @param boxes the steps of the list, in order
 * @returns the lines, and the right end of the rightmost line or label
 */
export function routeLines(lines: readonly Line[], boxes: readonly Box[]): { lines: Line[]; right: number } {
  const indexes = new Map(boxes.map(({ id }, index) => [id, index]))
  const straight = new Set<string>()
  const exits = new Map<string, number>()
  const lanes: Lane[] = []
  const routed = lines.flatMap((line): Line[] => {
    const [from = -1, to = -1] = [indexes.get(line.from), indexes.get(line.to)]
    const [start, end] = [boxes[from], boxes[to]]
    if (!start || !end) return []
    if (to === from + 1 && !straight.has(line.from)) {
      straight.add(line.from)
      return [line]
    }
    const before = exits.get(line.from) ?? 0
    exits.set(line.from, before + 1)
    const passed = boxes.slice(Math.min(from, to), Math.max(from, to) + 1)
    const lane = freeLane(lanes, {
      x: Math.max(...passed.map(({ x, width }) => x + width)) + LANE,
      from: { x: start.x + start.width, y: start.y + Math.min(start.height - 4, EXIT.first + before * EXIT.step) },
      to: { x: end.x + end.width, y: end.y + Math.min(end.height - 4, ENTRY) }
    })
    lanes.push(lane)
    return [{ ...line, lane }]
  })
  // A label is drawn to the right of all lanes that pass it.
  for (const lane of lanes)
    lane.label.x = Math.max(...lanes.filter((other) => passes(other, lane.from.y)).map(({ x }) => x)) + LANE
  const ends = routed.map(({ label, lane }) => (lane ? lane.label.x + shortLabel(label).length * LABEL.character : 0))
  return { lines: routed, right: Math.max(0, ...ends) }
}

/** The first lane that has no other line at the height of this one. */
function freeLane(lanes: readonly Lane[], { x, from, to }: Omit<Lane, 'label'>): Lane {
  const lane: Lane = { x, from, to, label: { x, y: from.y + 4 } }
  const taken = (): boolean =>
    lanes.some(
      (other) => Math.abs(other.x - lane.x) < LANE && topOf(other) <= bottomOf(lane) && topOf(lane) <= bottomOf(other)
    )
  while (taken()) lane.x += LANE
  return lane
}

function passes(lane: Lane, y: number): boolean {
  return topOf(lane) <= y && y <= bottomOf(lane)
}

function topOf({ from, to }: Lane): number {
  return Math.min(from.y, to.y)
}

function bottomOf({ from, to }: Lane): number {
  return Math.max(from.y, to.y)
}

/** The SVG path of a line in its lane. */
export function lanePath({ x, from, to }: Lane): string {
  return `M${from.x} ${from.y} H${x} V${to.y} H${to.x}`
}
