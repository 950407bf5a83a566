import { isRecord, tasksOf } from './tasks.ts'
import { readText } from './text/read-text.ts'
import type { Path } from './text/read-whole.ts'
import { placeOf, type StepPlace } from './text/step-text.ts'

/** An entry of a list of steps: one name with its task. */
export type Item = Record<string, unknown>

/** The place behind a step; at the end of the flow where `pointer` is undefined. */
export function placeAfter(text: string, pointer: string | undefined): StepPlace {
  if (pointer) {
    const { list, index } = placeOf(pointer)
    return { list, index: index + 1 }
  }
  const list = listAt(readText(text).data, ['do'])
  return { list: ['do'], index: list?.length ?? 0 }
}

/**
 * The place at the end of the list of steps inside another step: its branches, its body, or what it tries. Undefined
 * for a step that holds none.
 */
export function placeInside(text: string, pointer: string): StepPlace | undefined {
  const task = taskAt(text, pointer)
  const inner = innerList(task)
  if (!inner) return undefined
  const list = [...pathOf(pointer), ...inner]
  return { list, index: listAt(readText(text).data, list)?.length ?? 0 }
}

function innerList(task: Item | undefined): string[] | undefined {
  if (!task) return undefined
  if ('fork' in task) return ['fork', 'branches']
  if ('try' in task) return ['try']
  return 'do' in task ? ['do'] : undefined
}

function taskAt(text: string, pointer: string): Item | undefined {
  return tasksOf(readText(text).data).find((task) => task.pointer === pointer)?.task
}

/** The pointer of a step after a change of the data; undefined where the change removes the step. */
export function pointerAfter(text: string, pointer: string, change: (data: unknown) => void): string | undefined {
  const data = structuredClone(readText(text).data)
  const task = tasksOf(data).find((each) => each.pointer === pointer)?.task
  change(data)
  return tasksOf(data).find((each) => each.task === task)?.pointer
}

/** The list of steps at a path; undefined where there is none. */
export function listAt(data: unknown, path: Path): Item[] | undefined {
  const list = path.reduce<unknown>(
    (at, key) => (isRecord(at) || Array.isArray(at) ? (at as Item)[key] : undefined),
    data
  )
  return Array.isArray(list) ? (list as Item[]) : undefined
}

/** The names of the steps of a list. */
export function namesOf(list: readonly unknown[]): string[] {
  return list.flatMap((item) => (isRecord(item) ? Object.keys(item).slice(0, 1) : []))
}

/** The path of a step's task in the document. */
export function pathOf(pointer: string): Path {
  const { list, index } = placeOf(pointer)
  return [
    ...list,
    index,
    pointer
      .slice(pointer.lastIndexOf('/') + 1)
      .replaceAll('~1', '/')
      .replaceAll('~0', '~')
  ]
}
