import { isMap, isSeq, type YAMLSeq } from 'yaml'
import { isRecord, pathOfPointer } from '../tasks.ts'
import { Unpatchable, type Edit, type Patch } from './edits.ts'
import { Patcher } from './patcher.ts'
import { nodeAt } from './nodes.ts'
import { readText } from './read-text.ts'
import type { Path } from './read-whole.ts'
import { columnOfBlock, itemRegion, shifted } from './regions.ts'
import { indent, itemLines, keyText } from './render.ts'

/** The place of a step: the path of its list, and its index there. */
export interface StepPlace {
  list: Path
  index: number
}

/** The place of the step that a pointer names. */
export function placeOf(pointer: string): StepPlace {
  const path = pathOfPointer(pointer)
  return { list: path.slice(0, -2), index: Number(path.at(-2)) }
}

export type NamedTask = readonly [name: string, task: unknown]

/** Inserts a new step into a list. */
export function insertStep(text: string, at: StepPlace, [name, task]: NamedTask): Patch {
  return insertStepText(text, at, itemLines({ [name]: task }, 0))
}

/** Inserts the text of steps, with their dashes in the first column, including their comments. */
export function insertStepText(text: string, { list, index }: StepPlace, lines: string): Patch {
  const patcher = new Patcher(readText(text))
  const { steps, placeholder } = openList(patcher, list)
  patcher.apply(
    joined([
      patcher.insertion(steps, index, indentSteps(lines, columnOfBlock(patcher.text, steps))),
      ...(placeholder ? [removal(patcher.text, steps, 0)] : [])
    ])
  )
  return patcher.patch
}

/** The list in lines, with at least one item. An empty list gets a placeholder, which must be removed again. */
function openList(patcher: Patcher, list: Path): { steps: YAMLSeq; placeholder: boolean } {
  patcher.unbracket(list)
  const there = patcher.node(list)
  if (isSeq(there) && there.items.length > 0) return { steps: there, placeholder: false }
  patcher.put(list.slice(0, -1), String(list.at(-1)), ['placeholder'])
  const steps = patcher.node(list)
  if (!isSeq(steps)) throw new Unpatchable(`${list.join('/')} takes no steps`)
  return { steps, placeholder: true }
}

function removal(text: string, list: YAMLSeq, index: number): Edit {
  return { ...itemRegion(text, list, index), insert: '' }
}

/** The text of steps with their comments, with the dashes in the first column. */
export function textOfSteps(text: string, places: readonly StepPlace[]): string {
  const read = readText(text)
  return places
    .map(({ list, index }) => {
      const node = nodeAt(read, list)
      if (!isSeq(node)) return ''
      return itemText(text, node, index)
    })
    .join('')
}

function itemText(text: string, list: YAMLSeq, index: number): string {
  if (list.flow) {
    const range = (list.items[index] as { range?: [number, number, number] } | undefined)?.range
    return range ? `- ${text.slice(range[0], range[1])}\n` : ''
  }
  const { from, to } = itemRegion(text, list, index)
  const lines = shifted(text.slice(from, to), -columnOfBlock(text, list))
  return lines.endsWith('\n') ? lines : `${lines}\n`
}

/** Removes steps with their comments. */
export function removeSteps(text: string, places: readonly StepPlace[]): Patch {
  const patcher = new Patcher(readText(text))
  for (const { list, index } of outerOnly(places).sort(fromTheEnd)) patcher.drop(list, index)
  return patcher.patch
}

/** Moves steps to another place, in the given order. The place refers to the text before the move. */
export function moveSteps(text: string, places: readonly StepPlace[], to: StepPlace): Patch {
  const moved = outerOnly(places)
  if (moved.length === 0 || moved.some((place) => isWithin(to.list, place)))
    throw new Unpatchable('a step cannot go into itself')
  const patcher = new Patcher(readText(text))
  for (const { list } of moved) patcher.unbracket(list)
  const { steps, placeholder } = openList(patcher, to.list)
  const read = patcher.read()
  const lines = textOfSteps(patcher.text, moved)
  const edits = [
    patcher.insertion(steps, to.index, indentSteps(lines, columnOfBlock(patcher.text, steps))),
    ...(placeholder ? [removal(patcher.text, steps, 0)] : [])
  ]
  for (const [key, group] of byList(moved)) {
    const path = group[0]?.list ?? []
    const list = nodeAt(read, path)
    if (!isSeq(list)) continue
    edits.push(...group.map(({ index }) => removal(patcher.text, list, index)))
    if (group.length === list.items.length && key !== keyOf(to.list)) edits.push(patcher.emptied(path))
  }
  patcher.apply(joined(edits))
  return patcher.patch
}

/** Joins an edit with the one that begins where it ends. */
function joined(edits: readonly Edit[]): Edit[] {
  const order = [...edits].sort((a, b) => a.from - b.from || a.to - b.to)
  return order.reduce<Edit[]>((all, edit) => {
    const last = all.at(-1)
    if (last && last.to >= edit.from)
      all[all.length - 1] = { from: last.from, to: Math.max(last.to, edit.to), insert: last.insert + edit.insert }
    else all.push(edit)
    return all
  }, [])
}

/** Renames a step, also where the other steps of its list name it as the next one. */
export function renameStep(text: string, { list, index }: StepPlace, name: string): Patch {
  const patcher = new Patcher(readText(text))
  const item = patcher.node([...list, index])
  const pair = isMap(item) ? item.items[0] : undefined
  const key = pair?.key as { value?: unknown; range?: [number, number, number] } | undefined
  if (!pair || !key?.range) throw new Unpatchable('there is no such step')
  const before = String(key.value)
  if (before === name) return []
  const steps = nodeAt(patcher.read(), list)
  const edits: Edit[] = [{ from: key.range[0], to: key.range[1], insert: keyText(name) }]
  if (isSeq(steps)) {
    steps.items.forEach((_, at) => {
      for (const path of directives(readText(text).data, list, at)) {
        const node = patcher.node(path) as { value?: unknown; range?: [number, number, number] } | undefined
        if (node?.value === before && node.range)
          edits.push({ from: node.range[0], to: node.range[1], insert: keyText(name) })
      }
    })
  }
  patcher.apply(edits)
  return patcher.patch
}

/** The paths at which a step can name the next one. */
function directives(data: unknown, list: Path, index: number): Path[] {
  const items = list.reduce<unknown>((value, step) => (value as Record<string, unknown> | undefined)?.[step], data)
  const item = Array.isArray(items) ? (items[index] as unknown) : undefined
  const [name, task] = isRecord(item) ? (Object.entries(item)[0] ?? []) : []
  if (name === undefined || !isRecord(task)) return []
  const at = [...list, index, name]
  const cases = Array.isArray(task['switch']) ? (task['switch'] as unknown[]) : []
  return [
    [...at, 'then'],
    [...at, 'catch', 'then'],
    ...cases.flatMap((each, place) => {
      const [label] = isRecord(each) ? Object.keys(each) : []
      return label === undefined ? [] : [[...at, 'switch', place, label, 'then']]
    })
  ]
}

/**
 * Moves steps of one list into a new step, at the place of the first of them.
 * @param frame the text above and below the inner list within the new step: lines from the first column
 */
export function wrapSteps(
  text: string,
  places: readonly StepPlace[],
  name: string,
  frame: { above: string; below: string }
): Patch {
  const moved = [...places].sort((a, b) => a.index - b.index)
  const [first] = moved
  if (!first || moved.some(({ list }) => keyOf(list) !== keyOf(first.list)))
    throw new Unpatchable('steps of one list can be wrapped together')
  const patcher = new Patcher(readText(text))
  patcher.unbracket(first.list)
  const list = patcher.node(first.list)
  if (!isSeq(list)) throw new Unpatchable('there is no such list')
  const column = columnOfBlock(patcher.text, list)
  const depth = /^ */.exec(frame.above.split('\n').findLast((line) => line !== '') ?? '')?.[0].length ?? 0
  const inner = indentSteps(textOfSteps(patcher.text, moved), depth + 2)
  const lines = `- ${keyText(name)}:\n${indent(frame.above + inner + frame.below, 4)}`
  patcher.apply(
    joined([
      patcher.insertion(list, first.index, indentSteps(lines, column)),
      ...moved.map(({ index }) => removal(patcher.text, list, index))
    ])
  )
  return patcher.patch
}

const indentSteps = (lines: string, column: number): string =>
  shifted(lines.endsWith('\n') ? lines : `${lines}\n`, column)

const keyOf = (list: Path): string => list.join('/')

function isWithin(path: Path, { list, index }: StepPlace): boolean {
  return keyOf(path).startsWith(`${keyOf(list)}/${index}/`)
}

/** Leaves out the steps that are inside other given steps. */
function outerOnly(places: readonly StepPlace[]): StepPlace[] {
  return places.filter(
    (place) => !places.some((other) => other !== place && isWithin([...place.list, place.index], other))
  )
}

/** Orders places from the end of the text, so that a removal does not change the paths of the rest. */
function fromTheEnd(a: StepPlace, b: StepPlace): number {
  const [left, right] = [
    [...a.list, a.index],
    [...b.list, b.index]
  ]
  for (let at = 0; at < Math.min(left.length, right.length); at++) {
    const [x, y] = [left[at], right[at]]
    if (String(x) === String(y)) continue
    const [m, n] = [Number(x), Number(y)]
    return Number.isInteger(m) && Number.isInteger(n) ? n - m : String(y).localeCompare(String(x))
  }
  return right.length - left.length
}

function byList(places: readonly StepPlace[]): Map<string, StepPlace[]> {
  return Map.groupBy(places, ({ list }) => keyOf(list))
}
