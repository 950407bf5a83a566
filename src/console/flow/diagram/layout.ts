import { aboutTask, bare, caughtWords, jumpsOf } from '../outline.ts'
import { isRecord, tasksOf, type FlowTask } from '../tasks.ts'
import { routeLines } from './lanes.ts'
import type { Box, Layout, Line, Point } from './shapes.ts'

const SIZE = { width: 210, height: 54, gap: 36, pad: 16, head: 46, caption: 20 } as const

/**
 * The position of every step of a flow. A flow is a tree of lists, so its picture is nested boxes. Accepts every value:
 * a document that is no flow has no boxes.
 */
export function layoutOf(document: unknown): Layout {
  const layout: Layout = { boxes: [], lines: [], captions: [], width: 0, height: 0 }
  const children = Map.groupBy(tasksOf(document), ({ pointer }) => listOf(pointer))
  const size = placeList(layout, children, '/do', { x: 0, y: 0 }, undefined)
  layout.width = Math.max(size.width, SIZE.width)
  layout.height = size.height
  return layout
}

/** The list of a step: `/do/0/a` is in `/do`. */
function listOf(pointer: string): string {
  return pointer.replace(/\/\d+\/[^/]*$/, '')
}

type Children = ReadonlyMap<string, readonly FlowTask[]>

function placeList(
  layout: Layout,
  children: Children,
  list: string,
  at: Point,
  parent: string | undefined
): { width: number; height: number } {
  const tasks = children.get(list) ?? []
  let y = at.y
  let width: number = SIZE.width
  const boxes: Box[] = []
  for (const task of tasks) {
    const box = placeTask(layout, children, task, { x: at.x, y }, parent)
    boxes.push(box)
    y += box.height + SIZE.gap
    width = Math.max(width, box.width)
  }
  const { lines, right } = routeLines(linesOf(tasks), boxes)
  layout.lines.push(...lines)
  return { width: Math.max(width, right - at.x), height: Math.max(0, y - at.y - SIZE.gap) }
}

function placeTask(
  layout: Layout,
  children: Children,
  task: FlowTask,
  { x, y }: Point,
  parent: string | undefined
): Box {
  const { pointer, name, kind } = task
  const box: Box = {
    id: pointer,
    name,
    kind,
    about: aboutTask(task.task),
    x,
    y,
    width: SIZE.width,
    height: SIZE.height,
    group: false,
    parent
  }
  layout.boxes.push(box)
  let column = x + SIZE.pad
  let tallest = 0
  for (const { list, caption } of innerLists(task)) {
    if (!children.has(list)) continue
    const top = y + SIZE.head + (caption ? SIZE.caption : 0)
    if (caption) layout.captions.push({ x: column, y: y + SIZE.head, text: caption })
    const inner =
      list === `${pointer}/fork/branches`
        ? placeBranches(layout, children, children.get(list) ?? [], { x: column, y: top }, pointer)
        : placeList(layout, children, list, { x: column, y: top }, pointer)
    column += inner.width + SIZE.pad
    tallest = Math.max(tallest, top - y + inner.height)
    box.group = true
  }
  if (box.group) {
    box.width = Math.max(SIZE.width, column - x)
    box.height = tallest + SIZE.pad
  }
  return box
}

/** Places branches side by side, because they run at the same time. */
function placeBranches(
  layout: Layout,
  children: Children,
  branches: readonly FlowTask[],
  { x, y }: Point,
  parent: string
): { width: number; height: number } {
  let column = x
  let height = 0
  for (const branch of branches) {
    const box = placeTask(layout, children, branch, { x: column, y }, parent)
    column += box.width + SIZE.pad
    height = Math.max(height, box.height)
  }
  return { width: column - x - SIZE.pad, height }
}

function innerLists({ pointer, kind, task }: FlowTask): { list: string; caption: string }[] {
  if (kind === 'try') {
    return [
      { list: `${pointer}/try`, caption: '' },
      { list: `${pointer}/catch/do`, caption: `when it fails${caughtWords(task)}` }
    ]
  }
  if (kind === 'fork') return [{ list: `${pointer}/fork/branches`, caption: '' }]
  if (kind === 'listen') return [{ list: `${pointer}/foreach/do`, caption: '' }]
  return [{ list: `${pointer}/do`, caption: '' }]
}

/** The lines from each step to the one that follows, and to those that it names. */
function linesOf(tasks: readonly FlowTask[]): Line[] {
  const ids = new Map(tasks.map(({ name, pointer }) => [name, pointer]))
  return tasks.flatMap(({ pointer, kind, task }, index) => {
    const next = tasks[index + 1]?.pointer
    const jumps = jumpsOf(task)
    const lines = jumps.flatMap(({ when, then }, number): Line[] => {
      const to = then === 'continue' ? next : ids.get(then)
      return to ? [{ id: `${pointer}>${number}`, from: pointer, to, label: bare(when) }] : []
    })
    const leaves = typeof task['then'] === 'string' || kind === 'raise' || decidesAlways(task)
    if (!leaves && next) lines.push({ id: `${pointer}>next`, from: pointer, to: next, label: '' })
    return lines
  })
}

/** Whether a decision has a default case, so that it never continues with the step below. */
function decidesAlways(task: Record<string, unknown>): boolean {
  const cases = Array.isArray(task['switch']) ? (task['switch'] as unknown[]) : []
  return cases.some(
    (each) => isRecord(each) && Object.values(each).some((body) => isRecord(body) && body['when'] === undefined)
  )
}
