import { freeName, type PaletteEntry } from './palette.ts'
import { listAt, namesOf, pointerAfter } from './step-places.ts'
import { pointerOfPath, tasksOf } from './tasks.ts'
import type { Patch } from './text/edits.ts'
import { readText } from './text/read-text.ts'
import { insertStep, placeOf, removeSteps, renameStep, wrapSteps, type StepPlace } from './text/step-text.ts'

/** A change of the text that a view makes. */
export interface StepChange {
  patch: Patch
  /** Pointer of the step to select afterwards. */
  select: string | undefined
}

/** Inserts a new step at a place. A number follows its name if the name is taken. */
export function addStep(text: string, at: StepPlace, { name, task }: Pick<PaletteEntry, 'name' | 'task'>): StepChange {
  const data = structuredClone(readText(text).data)
  const list = listAt(data, at.list) ?? []
  const free = freeName(name, namesOf(list))
  return {
    patch: insertStep(text, at, [free, task]),
    select: pointerOfPath([...at.list, at.index, free])
  }
}

export function deleteSteps(text: string, pointers: readonly string[]): StepChange {
  const [first] = pointers
  return { patch: removeSteps(text, pointers.map(placeOf)), select: first && neighbour(text, pointers, first) }
}

/** The step to select once others are gone: the next one, else the one before, else the one around them. */
function neighbour(text: string, gone: readonly string[], pointer: string): string | undefined {
  const isGone = (other: string): boolean => gone.some((each) => other === each || other.startsWith(`${each}/`))
  const rows = tasksOf(readText(text).data)
  const at = rows.findIndex((row) => row.pointer === pointer)
  const kept =
    rows.slice(at).find((row) => !isGone(row.pointer)) ?? rows.slice(0, at).findLast((row) => !isGone(row.pointer))
  if (!kept) return undefined
  return pointerAfter(text, kept.pointer, (data) => {
    for (const place of gone.map(placeOf).reverse()) listAt(data, place.list)?.splice(place.index, 1)
  })
}

/** Renames a step, also where other steps name it. */
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

/** Moves steps of one list into a new step of this kind. */
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
