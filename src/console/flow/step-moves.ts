import type { StepChange } from './step-changes.ts'
import { type Item, listAt, pathOf, placeAfter, placeInside, pointerAfter } from './step-places.ts'
import { isRecord, pointerOfPath, tasksOf } from './tasks.ts'
import { readText } from './text/read-text.ts'
import type { Path } from './text/read-whole.ts'
import { moveSteps, placeOf, type StepPlace } from './text/step-text.ts'

/** Moves steps to a place, which refers to the text before the move. */
export function moveStepsTo(text: string, pointers: readonly string[], to: StepPlace): StepChange {
  const [first] = pointers
  const patch = moveSteps(text, pointers.map(placeOf), to)
  const select =
    first &&
    pointerAfter(text, first, (data) => {
      const goal = listAt(data, to.list) ?? startList(data, to.list)
      const marker: Item = {}
      goal?.splice(to.index, 0, marker)
      const moved = pointers.map(placeOf).map((place) => {
        const list = listAt(data, place.list)
        const shift = list === goal && place.index >= to.index ? 1 : 0
        return [list, list?.[place.index + shift]] as const
      })
      for (const [list, item] of moved) if (list && item) list.splice(list.indexOf(item), 1)
      goal?.splice(goal.indexOf(marker), 1, ...moved.flatMap(([, item]) => (item ? [item] : [])))
    })
  return { patch, select }
}

function startList(data: unknown, path: Path): Item[] {
  const list: Item[] = []
  const holder = path
    .slice(0, -1)
    .reduce<unknown>((at, key) => (isRecord(at) || Array.isArray(at) ? (at as Item)[key] : undefined), data)
  if (isRecord(holder)) holder[String(path.at(-1))] = list
  return list
}

/** Moves a step up or down among its neighbors; undefined at either end. */
export function moveBy(text: string, pointer: string, by: -1 | 1): StepChange | undefined {
  const { list, index } = placeOf(pointer)
  const count = listAt(readText(text).data, list)?.length ?? 0
  if (index + by < 0 || index + by >= count) return undefined
  return moveStepsTo(text, [pointer], { list, index: by < 0 ? index - 1 : index + 2 })
}

/** Moves a step into the group before it; undefined if there is none. */
export function moveIn(text: string, pointer: string): StepChange | undefined {
  const { list, index } = placeOf(pointer)
  const before = listAt(readText(text).data, list)?.[index - 1]
  const [name] = before ? Object.keys(before) : []
  if (name === undefined) return undefined
  const to = placeInside(text, pointerOfPath([...list, index - 1, name]))
  return to && moveStepsTo(text, [pointer], to)
}

/** Moves a step out of its group, to the place behind it; undefined for the steps of the flow itself. */
export function moveOut(text: string, pointer: string): StepChange | undefined {
  const known = new Set(tasksOf(readText(text).data).map((task) => task.pointer))
  for (let path = pathOf(pointer).slice(0, -1); path.length > 0; path = path.slice(0, -1)) {
    const above = pointerOfPath(path)
    if (known.has(above)) return moveStepsTo(text, [pointer], placeAfter(text, above))
  }
  return undefined
}
