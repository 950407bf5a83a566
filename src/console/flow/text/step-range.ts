import { isSeq } from 'yaml'
import { tasksOf } from '../tasks.ts'
import { nodeAt } from './nodes.ts'
import { partAt, readText, stepPartAround, type ReadText } from './read-text.ts'
import { itemRegion } from './regions.ts'
import { placeOf } from './step-text.ts'

interface Range {
  from: number
  to: number
}

/** The range of a step in a text; undefined if it is not there. */
export function stepRange(text: string, pointer: string): Range | undefined {
  return rangeIn(readText(text), pointer)
}

function rangeIn(all: ReadText, pointer: string): Range | undefined {
  if (!all.sound) return undefined
  const place = placeOf(pointer)
  const { read, from, path } = partAt(all, [...place.list, place.index])
  const index = Number(path.at(-1))
  const node = nodeAt(read, path.slice(0, -1))
  if (!isSeq(node) || !(index in node.items)) return undefined
  const range = node.flow ? rangeOf(node.items[index]) : itemRegion(read.text, node, index)
  return range && { from: from + range.from, to: from + range.to }
}

function rangeOf(item: unknown): Range | undefined {
  const { range } = item as { range?: [number, number, number] }
  return range && { from: range[0], to: range[1] }
}

/** The pointer of the innermost step at an offset in the text. */
export function stepAtOffset(text: string, at: number): string | undefined {
  const read = readText(text)
  if (!read.sound) return undefined
  const around = stepPartAround(read, at)
  const list = around ? `/do/${around.index}/` : ''
  return tasksOf(read.data).findLast(({ pointer }) => {
    const range = pointer.startsWith(list) ? rangeIn(read, pointer) : undefined
    return range && range.from <= at && at < range.to
  })?.pointer
}
