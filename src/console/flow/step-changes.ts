import { parse } from 'yaml'
import { freeName, type PaletteEntry } from './palette.ts'
import { isRecord, pointerOfPath, tasksOf } from './tasks.ts'
import { Unpatchable, type Patch } from './text/edits.ts'
import { readText } from './text/read-text.ts'
import type { Path } from './text/read-whole.ts'
import {
  insertStep,
  insertStepText,
  moveSteps,
  placeOf,
  removeSteps,
  renameStep,
  textOfSteps,
  wrapSteps,
  type StepPlace
} from './text/step-text.ts'

/** A change of the text by way of a view, and the step that is in question then. */
export interface StepChange {
  patch: Patch
  select: string | undefined
}

type Item = Record<string, unknown>

/** Where a new step goes: behind a step, or to the end. */
export function placeAfter(text: string, pointer: string | undefined): StepPlace {
  if (pointer) {
    const { list, index } = placeOf(pointer)
    return { list, index: index + 1 }
  }
  const list = listAt(readText(text).data, ['do'])
  return { list: ['do'], index: list?.length ?? 0 }
}

/** Where a step at the end of the list inside of another one goes: into its branches, its body, or what it tries. */
export function placeInside(text: string, pointer: string): StepPlace | undefined {
  const task = taskAt(text, pointer)
  const inner = innerList(task)
  if (!inner) return undefined
  const list = [...pathOf(pointer), ...inner]
  return { list, index: listAt(readText(text).data, list)?.length ?? 0 }
}

export function addStep(text: string, at: StepPlace, { name, task }: Pick<PaletteEntry, 'name' | 'task'>): StepChange {
  const data = structuredClone(readText(text).data)
  const list = listAt(data, at.list) ?? []
  const free = freeName(name, namesOf(list))
  return {
    patch: insertStep(text, at, [free, task]),
    select: pointerOfPath([...at.list, at.index, free])
  }
}

/** Text of steps, put in behind another. Names that are taken there get a number. */
export function pasteSteps(text: string, at: StepPlace, pasted: string): StepChange {
  const lines = stepsIn(pasted)
  if (lines === undefined) throw new Unpatchable('The clipboard holds no steps.')
  const taken = namesOf(listAt(readText(text).data, at.list) ?? [])
  const names = namesOf(parse(lines) as Item[])
  let unique = lines
  const given: string[] = []
  names.forEach((name, index) => {
    const free = freeName(name, [...taken, ...given])
    given.push(free)
    if (free === name) return
    for (const edits of renameStep(`do:\n${unique}`, { list: ['do'], index }, free)) {
      // One after the other: the text of a step that leads to itself by name follows.
      unique = [...edits]
        .reverse()
        .reduce((all, { from, to, insert }) => all.slice(0, from - 4) + insert + all.slice(to - 4), unique)
    }
  })
  return {
    patch: insertStepText(text, at, unique),
    select: given[0] === undefined ? undefined : pointerOfPath([...at.list, at.index, given[0]])
  }
}

/** The lines of steps with their dashes in the first column; undefined where a text is none. */
function stepsIn(pasted: string): string | undefined {
  const read = readText(pasted.replaceAll('\r\n', '\n'))
  if (!read.sound) return undefined
  const data = read.data
  if (isStepList(data))
    return textOfSteps(
      `do:\n${read.text}`,
      data.map((_, index) => ({ list: ['do'], index }))
    )
  if (isRecord(data) && isStepList(data['do'])) {
    const steps = data['do']
    return textOfSteps(
      read.text,
      steps.map((_, index) => ({ list: ['do'], index }))
    )
  }
  return undefined
}

function isStepList(value: unknown): value is Item[] {
  return (
    Array.isArray(value) &&
    value.length > 0 &&
    value.every((each) => isRecord(each) && Object.keys(each).length === 1 && isRecord(Object.values(each)[0]))
  )
}

export function duplicateSteps(text: string, pointers: readonly string[]): StepChange {
  const last = pointers.at(-1)
  if (last === undefined) return { patch: [], select: undefined }
  return pasteSteps(text, placeAfter(text, last), copyOf(text, pointers))
}

/** Steps as YAML, with their comments. */
export function copyOf(text: string, pointers: readonly string[]): string {
  return textOfSteps(text, pointers.map(placeOf))
}

export function deleteSteps(text: string, pointers: readonly string[]): StepChange {
  const [first] = pointers
  return { patch: removeSteps(text, pointers.map(placeOf)), select: first && neighbour(text, pointers, first) }
}

/** The step that has the attention once others are gone: the next one, else the one before, else the one around. */
function neighbour(text: string, gone: readonly string[], pointer: string): string | undefined {
  const isGone = (other: string): boolean => gone.some((each) => other === each || other.startsWith(`${each}/`))
  const rows = tasksOf(readText(text).data)
  const at = rows.findIndex((row) => row.pointer === pointer)
  const kept =
    rows.slice(at).find((row) => !isGone(row.pointer)) ?? rows.slice(0, at).findLast((row) => !isGone(row.pointer))
  if (!kept) return undefined
  return followed(text, kept.pointer, (data) => {
    for (const place of gone.map(placeOf).reverse()) listAt(data, place.list)?.splice(place.index, 1)
  })
}

export function moveStepsTo(text: string, pointers: readonly string[], to: StepPlace): StepChange {
  const [first] = pointers
  const patch = moveSteps(text, pointers.map(placeOf), to)
  const select =
    first &&
    followed(text, first, (data) => {
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

/** Up and down among its neighbors; undefined at either end. */
export function moveBy(text: string, pointer: string, by: -1 | 1): StepChange | undefined {
  const { list, index } = placeOf(pointer)
  const count = listAt(readText(text).data, list)?.length ?? 0
  if (index + by < 0 || index + by >= count) return undefined
  return moveStepsTo(text, [pointer], { list, index: by < 0 ? index - 1 : index + 2 })
}

/** Into the group before it; undefined where there is none. */
export function moveIn(text: string, pointer: string): StepChange | undefined {
  const { list, index } = placeOf(pointer)
  const before = listAt(readText(text).data, list)?.[index - 1]
  const [name] = before ? Object.keys(before) : []
  if (name === undefined) return undefined
  const to = placeInside(text, pointerOfPath([...list, index - 1, name]))
  return to && moveStepsTo(text, [pointer], to)
}

/** Out of its group, behind it; undefined for the steps of the flow itself. */
export function moveOut(text: string, pointer: string): StepChange | undefined {
  const known = new Set(tasksOf(readText(text).data).map((task) => task.pointer))
  for (let path = pathOf(pointer).slice(0, -1); path.length > 0; path = path.slice(0, -1)) {
    const above = pointerOfPath(path)
    if (known.has(above)) return moveStepsTo(text, [pointer], placeAfter(text, above))
  }
  return undefined
}

export function renameTo(text: string, pointer: string, name: string): StepChange {
  const place = placeOf(pointer)
  return { patch: renameStep(text, place, name), select: pointerOfPath([...place.list, place.index, name]) }
}

export const WRAPS = [
  { label: 'Group', name: 'group', above: 'do:\n', below: '' },
  { label: 'Catch errors', name: 'attempt', above: 'try:\n', below: 'catch: {}\n' },
  { label: 'Loop', name: 'forEach', above: 'for:\n  each: item\n  in: .items\ndo:\n', below: '' },
  { label: 'In parallel', name: 'inParallel', above: 'fork:\n  branches:\n', below: '' }
] as const

export function wrapIn(text: string, pointers: readonly string[], wrap: (typeof WRAPS)[number]): StepChange {
  const places = pointers.map(placeOf)
  const [first] = [...places].sort((a, b) => a.index - b.index)
  if (!first) return { patch: [], select: undefined }
  const name = freeName(wrap.name, namesOf(listAt(readText(text).data, first.list) ?? []))
  return {
    patch: wrapSteps(text, places, name, wrap),
    select: pointerOfPath([...first.list, first.index, name])
  }
}

export function taskAt(text: string, pointer: string): Item | undefined {
  return tasksOf(readText(text).data).find((task) => task.pointer === pointer)?.task
}

function innerList(task: Item | undefined): string[] | undefined {
  if (!task) return undefined
  if ('fork' in task) return ['fork', 'branches']
  if ('try' in task) return ['try']
  return 'do' in task ? ['do'] : undefined
}

/** Where a step is after a change of the data. */
function followed(text: string, pointer: string, change: (data: unknown) => void): string | undefined {
  const data = structuredClone(readText(text).data)
  const task = tasksOf(data).find((each) => each.pointer === pointer)?.task
  change(data)
  return tasksOf(data).find((each) => each.task === task)?.pointer
}

function listAt(data: unknown, path: Path): Item[] | undefined {
  const list = path.reduce<unknown>(
    (at, key) => (isRecord(at) || Array.isArray(at) ? (at as Item)[key] : undefined),
    data
  )
  return Array.isArray(list) ? (list as Item[]) : undefined
}

function namesOf(list: readonly unknown[]): string[] {
  return list.flatMap((item) => (isRecord(item) ? Object.keys(item).slice(0, 1) : []))
}

function pathOf(pointer: string): Path {
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
