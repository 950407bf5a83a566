import type { Step } from '../../api/types.ts'
import { nameOfPointer, type FlowTask } from '../../flow/tasks.ts'

/** A row of a run's steps: a step that ran, or one that was not reached. */
export interface StepRow {
  id: string
  pointer: string
  name: string
  kind: string | undefined
  level: number
  step: Step | undefined
  /** Set if a step was tried more than once. */
  attempt: number | undefined
}

interface Node {
  step: Step
  children: Node[]
}

/**
 * The steps of a run, nested. Steps of the flow that were not reached are inserted where they would have been.
 * @param steps in the order in which they ended: inner steps come before the step around them
 */
export function stepRows(steps: readonly Step[], tasks: readonly FlowTask[]): StepRow[] {
  const known = new Map(tasks.map((task, index) => [task.pointer, { ...task, index }]))
  const retried = new Set(steps.filter(({ attempt }) => attempt > 1).map(({ pointer }) => pointer))
  const rows = nested(steps).map(({ step, depth }, index): StepRow => {
    const task = known.get(step.pointer)
    return {
      id: `${step.pointer}#${index}`,
      pointer: step.pointer,
      name: nameOfPointer(step.pointer),
      kind: task?.kind,
      level: task?.level ?? depth,
      step,
      attempt: retried.has(step.pointer) ? step.attempt : undefined
    }
  })
  const reached = new Set(rows.map(({ pointer }) => pointer))
  for (const task of tasks) {
    if (reached.has(task.pointer)) continue
    const index = known.get(task.pointer)?.index ?? 0
    const before = rows.findLastIndex(({ pointer }) => (known.get(pointer)?.index ?? -1) < index)
    const { pointer, name, kind, level } = task
    rows.splice(before + 1, 0, { id: pointer, pointer, name, kind, level, step: undefined, attempt: undefined })
  }
  return rows
}

/** Orders outer steps before the steps inside them. */
function nested(steps: readonly Step[]): { step: Step; depth: number }[] {
  let roots: Node[] = []
  for (const step of steps) {
    const isInside = (node: Node): boolean => node.step.pointer.startsWith(`${step.pointer}/`)
    const children = roots.filter(isInside)
    roots = [...roots.filter((node) => !isInside(node)), { step, children }]
  }
  const flat = (nodes: readonly Node[], depth: number): { step: Step; depth: number }[] =>
    nodes.flatMap(({ step, children }) => [{ step, depth }, ...flat(children, depth + 1)])
  return flat(roots, 1)
}
